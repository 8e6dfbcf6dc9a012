import decoder

model_type = 0
name = "Yolo"
labels = ["car", "bus"]


def parse_det_model(config, raw_outputs):
    return decoder.decode(raw_outputs)
