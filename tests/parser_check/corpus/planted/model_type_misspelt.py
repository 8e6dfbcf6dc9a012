modle_type = 1  # <- AZ201
title = "Depth"


def parse_model(config, raw_outputs):
    return raw_outputs["depth"], None
