gie_unique_id = 3


def parse_sgie_model(config, *, raw_outputs):  # <- AZ205
    return raw_outputs["landmarks"].tolist()
