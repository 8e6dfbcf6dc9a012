gie_unique_id = 3


def parse_model(config, raw_outputs):  # <- AZ202
    return raw_outputs["landmarks"].tolist()
