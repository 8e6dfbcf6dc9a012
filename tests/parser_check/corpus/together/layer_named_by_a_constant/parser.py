LAYER = "output0"
model_type = 1
name = "Constant"


def parse_custom_model(config, raw_outputs):
    print(name)
    return raw_outputs[LAYER], None
