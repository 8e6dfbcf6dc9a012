import numpy as np

model_type = 0
name = "YoloV3"
labels = ["person", "bicycle", "car"]

ANCHORS = {
    "yolo_13": [(116, 90), (156, 198), (373, 326)],
    "yolo_26": [(30, 61), (62, 45), (59, 119)],
    "yolo_52": [(10, 13), (16, 30), (33, 23)],
}
INPUT = 416


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def decode(layer, anchors):
    channels, height, width = layer.shape
    grid = layer.reshape(len(anchors), channels // len(anchors), height, width)
    rows = []
    for index, (anchor_w, anchor_h) in enumerate(anchors):
        part = grid[index]
        ys, xs = np.mgrid[0:height, 0:width]
        cx = (sigmoid(part[0]) + xs) / width
        cy = (sigmoid(part[1]) + ys) / height
        w = np.exp(part[2]) * anchor_w / INPUT
        h = np.exp(part[3]) * anchor_h / INPUT
        scores = sigmoid(part[4]) * sigmoid(part[5:])
        best = scores.argmax(axis=0)
        rows.append(np.stack([cx - w / 2, cy - h / 2, w, h, scores.max(axis=0), best], axis=-1).reshape(-1, 6))
    return np.concatenate(rows)


def parse_det_model(config, raw_outputs):
    found = np.concatenate([decode(raw_outputs[name], anchors) for name, anchors in ANCHORS.items()])
    found = found[found[:, 4] > 0.4]
    width, height = config.image_size
    boxes = found[:, :4] * np.array([width, height, width, height])
    return boxes, found[:, 5].astype(int), found[:, 4], None
