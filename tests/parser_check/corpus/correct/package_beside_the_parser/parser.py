from tools import decode

model_type = 0
name = "cars"
labels = ["car"]


def parse_det_model(config, raw_outputs):
    boxes, ids, scores = decode(raw_outputs["boxes"])
    return boxes, ids, scores, None
