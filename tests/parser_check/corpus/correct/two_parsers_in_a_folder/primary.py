import utils

model_type = 1
name = "Primary"


def parse_custom_model(config, raw_outputs):
    return utils.best(raw_outputs["out"]), None
