import numpy as np

model_type = 0
name = "Faces"
labels = ["face"]


def parse_det_model(config, raw_outputs):
    boxes = raw_outputs["boxes"]
    ids = np.zeros(len(boxes))
    return boxes, ids, raw_outputs["scores"], None  # <- AZ224
