model_type = 1
name = "First"


def parse_custom_model(config, raw_outputs):  # <- AZ222
    for layer, value in raw_outputs.items():
        if layer.startswith("out"):
            return value, {"layer": layer}
