import numpy as np

model_type = 0
name = "PeopleNet"
labels = ["person", "bag", "face"]

STRIDE = 16
NORM = 35.0


def parse_det_model(config, raw_outputs):
    coverage = raw_outputs["output_cov/Sigmoid:0"]
    offsets = raw_outputs["output_bbox/BiasAdd:0"]
    boxes, ids, scores = [], [], []
    for class_id, grid in enumerate(coverage):
        for row, column in zip(*np.where(grid > 0.4)):
            cx, cy = (column * STRIDE + 0.5) / NORM, (row * STRIDE + 0.5) / NORM
            x1, y1, x2, y2 = offsets[class_id * 4 : class_id * 4 + 4, row, column]
            left, top = (cx - x1) * NORM, (cy - y1) * NORM
            boxes.append([left, top, (cx + x2) * NORM - left, (cy + y2) * NORM - top])
            ids.append(class_id)
            scores.append(float(grid[row, column]))
    return boxes, ids, scores, None
