gie_unique_id = 2


def parse_sgie_model(config, raw_outputs):
    return (float(v) for v in raw_outputs["v"])  # <- AZ228
