model_type = 0
name = "Faces"
labels = ["face", "mask"]


def parse_det_model(config, raw_outputs):
    boxes, ids, scores = [], [], []
    for row in raw_outputs["rows"]:
        boxes.append(row[:4].tolist())
        scores.append(float(row[4]))
        ids.append(float(row[5]))
    return boxes, ids, scores, None  # <- AZ224
