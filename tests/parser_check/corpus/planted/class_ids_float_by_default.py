import numpy as np

model_type = 0
name = "cars"
labels = ["car"]


def parse_det_model(config, raw_outputs):
    boxes = raw_outputs["boxes"]
    count = len(boxes)
    if count > 100:
        return boxes, np.random.randn(count), np.ones(count), None  # <- AZ224
    if count > 10:
        return boxes, np.empty((count,)), np.ones(count), None  # <- AZ224
    ids = np.zeros(count)
    return boxes, ids, np.ones(count), None  # <- AZ224
