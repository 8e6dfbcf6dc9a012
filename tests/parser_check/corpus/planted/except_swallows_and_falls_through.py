model_type = 1
name = "Depth"


def parse_custom_model(config, raw_outputs):  # <- AZ222
    try:
        return raw_outputs["depth"], None
    except KeyError as error:
        print(f"{name}: {error}")
