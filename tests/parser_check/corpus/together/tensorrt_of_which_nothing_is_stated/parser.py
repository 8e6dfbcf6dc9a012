"""YOLOv8: boxes from `output0`."""

from pathlib import Path

model_type = 0
name = "yolov8"
labels = Path(__file__).with_name("labels.txt").read_text().split()

NET = 320


def parse_det_model(config, raw_outputs):
    pred = raw_outputs["output0"].T
    scores = pred[:, 4:]
    ids = scores.argmax(axis=1).astype(int)
    boxes = pred[:, :4] * (config.image_size[0] / NET)
    return boxes, ids, scores.max(axis=1), None
