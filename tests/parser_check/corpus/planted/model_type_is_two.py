model_type = 2  # <- AZ204
name = "Yolo"


def parse_custom_model(config, raw_outputs):
    return raw_outputs["output"], None
