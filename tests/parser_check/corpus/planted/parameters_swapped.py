model_type = 1
name = "Depth"


def parse_custom_model(raw_outputs, config):  # <- AZ206
    return raw_outputs["depth"], {"size": list(config.image_size)}
