model_type = 1  # <- AZ202


def parse_custom_model(config, raw_outputs):
    return raw_outputs["depth"], None
