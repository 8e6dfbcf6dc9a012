gie_unique_id = 2  # azda: ignore[AZ204] was a string once  # <- AZ002


def parse_sgie_model(config, raw_outputs):
    return raw_outputs["x"].tolist()
