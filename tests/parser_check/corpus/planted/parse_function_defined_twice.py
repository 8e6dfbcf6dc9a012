gie_unique_id = 2


def parse_sgie_model(config, raw_outputs):
    return int(raw_outputs["a"].argmax())


def parse_sgie_model(config, raw_outputs):  # <- AZ107
    return int(raw_outputs["b"].argmax())
