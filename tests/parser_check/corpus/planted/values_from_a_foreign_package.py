import base64

model_type = 1
name = "Foreign"


def parse_custom_model(config, raw_outputs):
    return base64.b64decode(raw_outputs["x"])  # <- AZ001
