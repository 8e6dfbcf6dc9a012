gie_unique_id = 2


def parse_sgie_model(config, raw_outputs):
    return {"left", "right"} if raw_outputs["turn"][0] > 0 else None  # <- AZ228
