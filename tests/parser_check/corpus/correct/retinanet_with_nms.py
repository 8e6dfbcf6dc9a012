import numpy as np

model_type = 0
name = "RetinaNet"
labels = ("car", "van")


def nms(boxes, scores, threshold):
    order = scores.argsort()[::-1]
    keep = []
    while order.size:
        first, order = order[0], order[1:]
        keep.append(first)
        left = np.maximum(boxes[first, 0], boxes[order, 0])
        top = np.maximum(boxes[first, 1], boxes[order, 1])
        right = np.minimum(boxes[first, 0] + boxes[first, 2], boxes[order, 0] + boxes[order, 2])
        bottom = np.minimum(boxes[first, 1] + boxes[first, 3], boxes[order, 1] + boxes[order, 3])
        shared = np.clip(right - left, 0, None) * np.clip(bottom - top, 0, None)
        union = boxes[first, 2] * boxes[first, 3] + boxes[order, 2] * boxes[order, 3] - shared
        order = order[shared / union <= threshold]
    return np.array(keep, dtype=int)


def parse_det_model(config, raw_outputs):
    boxes, scores = raw_outputs["regression"], raw_outputs["classification"]
    best, ids = scores.max(axis=1), scores.argmax(axis=1)
    keep = nms(boxes, best, 0.5)
    return boxes[keep], ids[keep], best[keep], None
