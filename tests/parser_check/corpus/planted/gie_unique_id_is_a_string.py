gie_unique_id = "3"  # <- AZ204


def parse_sgie_model(config, raw_outputs):
    return raw_outputs["landmarks"].tolist()
