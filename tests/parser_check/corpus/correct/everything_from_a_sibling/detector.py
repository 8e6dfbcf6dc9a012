from tools import boxes as box_tools

model_type = 0
name = "Elsewhere"
labels = ["car"]


def parse_det_model(config, raw_outputs):
    return box_tools.decode(raw_outputs, config.image_size)
