import numpy as np

model_type = 0
name = "YoloV5"
labels = "person bicycle car motorbike".split()

CONFIDENCE = 0.25


def parse_det_model(config, raw_outputs: dict):
    rows = raw_outputs["output0"]
    rows = rows[rows[:, 4] > CONFIDENCE]
    if rows.size == 0:
        return np.zeros((0, 4)), np.zeros(0), np.zeros(0), None
    scores = rows[:, 4:5] * rows[:, 5:]
    ids = np.argmax(scores, axis=1)
    centre, size = rows[:, 0:2], rows[:, 2:4]
    boxes = np.hstack([centre - size / 2, size])
    w, h = config.image_size
    boxes *= np.array([w / 640, h / 640] * 2)
    return boxes, ids, scores.max(axis=1), {"objects": len(boxes)}
