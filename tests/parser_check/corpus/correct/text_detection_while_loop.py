import numpy as np

model_type = 0
name = "DB"
labels = ["text"]


def parse_det_model(config, raw_outputs):
    chance = raw_outputs["sigmoid_0.tmp_0"][0]
    boxes = []
    todo = [tuple(p) for p in np.argwhere(chance > 0.6)[:1000]]
    while True:
        if not todo:
            break
        y, x = todo.pop()
        boxes.append([int(x), int(y), 1, 1])
    ids = [0] * len(boxes)
    scores = [1.0 for _ in boxes]
    return boxes, ids, scores, {"boxes": len(boxes)}
