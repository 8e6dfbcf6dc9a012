def parse_sgie_model(config, raw_outputs):  # <- AZ202
    return raw_outputs["landmarks"].tolist()
