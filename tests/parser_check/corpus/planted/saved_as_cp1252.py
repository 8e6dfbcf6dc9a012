model_type = 1
name = "Fuﬂg‰nger"


def parse_custom_model(config, raw_outputs):
    return None, None
