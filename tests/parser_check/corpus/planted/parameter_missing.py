model_type = 1
name = "Depth"


def parse_custom_model(raw_outputs):  # <- AZ205
    return raw_outputs["depth"], None
