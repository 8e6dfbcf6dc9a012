from pose import deocde

gie_unique_id = 2


def parse_sgie_model(config, raw_outputs):
    return deocde(raw_outputs["colour"])
