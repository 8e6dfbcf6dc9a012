import numpy as np

model_type = 0
name = "CustomVision"
labels = ["apple", "banana"]

_ANCHORS = np.array([[0.573, 0.677], [1.87, 2.06], [3.34, 5.47], [7.88, 3.53], [9.77, 9.17]])


def _logistic(x):
    return np.where(x > 0, 1 / (1 + np.exp(-x)), np.exp(x) / (1 + np.exp(x)))


def parse_det_model(config, raw_outputs):
    grid = next(iter(raw_outputs.values())).transpose(1, 2, 0)
    height, width, _ = grid.shape
    rows = grid.reshape(height, width, len(_ANCHORS), -1)
    xs, ys = np.arange(width)[None, :, None], np.arange(height)[:, None, None]
    x = (_logistic(rows[..., 0]) + xs) / width
    y = (_logistic(rows[..., 1]) + ys) / height
    w = np.exp(rows[..., 2]) * _ANCHORS[:, 0] / width
    h = np.exp(rows[..., 3]) * _ANCHORS[:, 1] / height
    scores = _logistic(rows[..., 4])[..., None] * _logistic(rows[..., 5:])
    ids = scores.argmax(-1)
    best = scores.max(-1)
    keep = best > 0.5
    iw, ih = config.image_size
    boxes = np.stack([(x - w / 2) * iw, (y - h / 2) * ih, w * iw, h * ih], -1)
    return boxes[keep], ids[keep], best[keep], None
