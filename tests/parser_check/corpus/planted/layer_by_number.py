model_type = 1
name = "First"


def parse_custom_model(config, raw_outputs):
    return raw_outputs[0], None  # <- AZ230
