gie_unique_id = 2  # <- AZ306


def parse_sgie_model(config, raw_outputs):
    return raw_outputs["x"].tolist()
