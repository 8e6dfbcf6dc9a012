import numpy as np

model_type = 0
name = "SSD"
labels = ["none", "person"]


def parse_det_model(config, raw_outputs):
    try:
        boxes = raw_outputs["boxes"]
        scores = raw_outputs["scores"]
        ids = raw_outputs["classes"].astype(np.int32)
    except KeyError as error:
        print(f"{name}: {error}")
        return [], [], []  # <- AZ221
    return boxes, ids, scores, None
