model_type = 1
name = "Both"
gie_unique_id = 2  # <- AZ208


def parse_custom_model(config, raw_outputs):
    return raw_outputs["a"], None


def parse_sgie_model(config, raw_outputs):
    return raw_outputs["b"].tolist()
