model_type = 1
name = "Depth"
SCALES = [1, 2, 4  # <- AZ102


def parse_custom_model(config, raw_outputs):
    return raw_outputs["depth"], None
