from common import *

model_type = 0
name = "Star"
labels = LABELS


def parse_det_model(config, raw_outputs):
    boxes, ids, scores = rows_of(raw_outputs["rows"])
    return boxes, ids, scores, None
