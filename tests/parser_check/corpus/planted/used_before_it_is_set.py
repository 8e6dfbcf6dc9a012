threshold = 0.5
model_type = 1
name = "Counter"


def parse_custom_model(config, raw_outputs):
    count = int((raw_outputs["density"] > threshold).sum())  # <- AZ104
    threshold = 0.4
    return count + threshold, None
