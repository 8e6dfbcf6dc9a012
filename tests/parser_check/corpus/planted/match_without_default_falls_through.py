model_type = 1
name = "First"


def parse_custom_model(config, raw_outputs):  # <- AZ222
    match len(raw_outputs):
        case 1:
            return raw_outputs["one"], None
        case 2:
            return raw_outputs["two"], None
