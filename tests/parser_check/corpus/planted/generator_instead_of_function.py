model_type = 1
name = "Depth"


def parse_custom_model(config, raw_outputs):  # <- AZ207
    for layer in raw_outputs.values():
        yield layer, None
