import numpy as np

model_type = 0
name = "DETR"
labels = ["N/A", "person", "bicycle"]


def softmax(x):
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def parse_det_model(config, raw_outputs):
    if not {"pred_logits", "pred_boxes"} <= set(raw_outputs):
        raise RuntimeError(f"wrong model: {sorted(raw_outputs)}")
    chances = softmax(raw_outputs["pred_logits"])[:, :-1]
    keep = chances.max(-1) > 0.7
    cx, cy, w, h = raw_outputs["pred_boxes"][keep].T
    width, height = config.image_size
    boxes = np.stack([(cx - w / 2) * width, (cy - h / 2) * height, w * width, h * height], 1)
    return boxes, chances[keep].argmax(-1), chances[keep].max(-1), None
