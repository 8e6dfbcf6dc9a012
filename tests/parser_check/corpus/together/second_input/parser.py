model_type = 0
name = "Yolo"
labels = ["car", "bus"]


def parse_det_model(config, raw_outputs):
    boxes = raw_outputs["boxes"]
    scores = raw_outputs["scores"]
    return boxes, raw_outputs["classes"].astype(int), scores, None
