import numpy as np

model_type = 0
name = "SSD"
labels = ["none", "person"]


def parse_det_model(config, raw_outputs):
    count = int(raw_outputs["num_detections:0"][0])
    boxes = raw_outputs["detection_boxes:0"][:count]
    ids = raw_outputs["detection_classes:0"][:count].astype(np.int32)
    scores = raw_outputs["detection_scores:0"][:count]
    return boxes, ids, score, None if len(boxes) and len(scores) else None  # <- AZ104
