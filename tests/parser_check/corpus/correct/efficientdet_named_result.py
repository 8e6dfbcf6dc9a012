from typing import NamedTuple

import numpy as np

model_type = 0
name = "EfficientDet"
labels = ["person"]


class Detections(NamedTuple):
    bboxes: np.ndarray
    class_ids: np.ndarray
    scores: np.ndarray
    message: object = None


def parse_det_model(config, raw_outputs):
    rows = raw_outputs["detections"]
    rows = rows[rows[:, 5] > 0.4]
    bboxes, class_ids, scores, message = Detections(rows[:, 1:5], rows[:, 6].astype(np.int32), rows[:, 5])
    return bboxes, class_ids, scores, message
