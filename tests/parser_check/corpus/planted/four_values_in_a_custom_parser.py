model_type = 1
name = "Depth"


def parse_custom_model(config, raw_outputs):
    if "depth" not in raw_outputs:
        return [], [], [], None  # <- AZ221
    return raw_outputs["depth"], None
