model_type = 0
name = "FasterRCNN"
labels = ["scratch", "dent"]


def parse_det_model(config, raw_outputs):
    boxes = []
    ids = []
    scores = []
    for box, label, score in zip(raw_outputs["boxes"], raw_outputs["labels"], raw_outputs["scores"]):
        if score < 0.5:
            continue
        x1, y1, x2, y2 = (float(v) for v in box)
        boxes.append((x1, y1, x2 - x1, y2 - y1))
        ids.append(int(label))
        scores.append(float(score))
    message = {"count": len(boxes), "best": max(scores, default=None)}
    return boxes, ids, scores, message
