name = "Depth"


def parse_custom_model(config, raw_outputs):  # <- AZ202
    return raw_outputs["depth"], None
