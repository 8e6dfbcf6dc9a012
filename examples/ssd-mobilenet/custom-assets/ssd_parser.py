"""The tutorial's parser of an SSD MobileNet with the outputs of TensorFlow's detection API."""

import numpy as np
import ssd_utils

model_type = 0
name = "SSDMobilenetV1Parser"
labels = ssd_utils.get_labels()

LIKELY = 0.5  # the least score of an object
OVERLAP = 0.5  # from which on the less likely of two boxes of one class goes


def parse_det_model(config, raw_outputs: dict):
    """Boxes in pixels of the frame, and how many there are as the message."""
    count = int(np.nan_to_num(raw_outputs["num_detections:0"]).reshape(-1)[0])
    scores = raw_outputs["detection_scores:0"].reshape(-1)[:count]
    classes = np.nan_to_num(raw_outputs["detection_classes:0"]).reshape(-1)[:count].astype(int)
    boxes = raw_outputs["detection_boxes:0"].reshape(-1, 4)[:count].clip(0, 1)  # top, left, bottom, right

    good = (scores >= LIKELY) & (classes >= 0) & (classes < len(labels)) & np.isfinite(boxes).all(axis=1)
    boxes, scores, classes = ssd_utils.nms(boxes[good], scores[good], classes[good], OVERLAP)
    w, h = config.image_size
    boxes = ssd_utils.to_xywh(boxes) * np.array([w, h, w, h])  # the frame was stretched: fractions are the frame's, too
    return boxes, classes, scores, f"Number of objects detected: {len(scores)}"
