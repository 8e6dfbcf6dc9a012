gie_unique_id = 3


def parse_sgie_model(config, raw_outputs, threshold):  # <- AZ205
    return bool(raw_outputs["score"][0] > threshold)
