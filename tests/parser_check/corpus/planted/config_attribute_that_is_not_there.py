model_type = 1
name = "Depth"


def parse_custom_model(config, raw_outputs):
    width, height = config.img_size  # <- AZ209
    return raw_outputs["depth"] * width / height, None
