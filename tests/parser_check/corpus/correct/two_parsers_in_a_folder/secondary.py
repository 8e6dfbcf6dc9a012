import utils

gie_unique_id = 2


def parse_sgie_model(config, raw_outputs):
    return utils.best(raw_outputs["out"])
