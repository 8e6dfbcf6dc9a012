gie_unique_id = 2  # azda: ignore[AZ999] no such rule  # <- AZ003


def parse_sgie_model(config, raw_outputs):
    return raw_outputs["x"].tolist()
