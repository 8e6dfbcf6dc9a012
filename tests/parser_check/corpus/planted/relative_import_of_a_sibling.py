from .box_tools import decode  # <- AZ307

gie_unique_id = 2


def parse_sgie_model(config, raw_outputs):
    return decode(raw_outputs["x"])
