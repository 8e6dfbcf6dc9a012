model_type = 0
name = "One"
labels = ["thing"]


def parse_det_model(config, raw_outputs):
    box = raw_outputs["box"].tolist()
    return [box], [0.0], [1.0], None  # <- AZ224
