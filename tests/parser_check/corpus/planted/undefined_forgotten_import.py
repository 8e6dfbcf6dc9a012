model_type = 1
name = "Heat"


def parse_custom_model(config, raw_outputs):
    heat = raw_outputs["heat"]
    return np.argmax(heat), None  # <- AZ104
