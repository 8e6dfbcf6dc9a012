model_type = 0
name = "cars"
labels = ["car"]
SCORES = "score"


def parse_det_model(config, raw_outputs):
    wanted = "box"
    boxes = raw_outputs[wanted].reshape(-1, 4)
    scores = raw_outputs[SCORES]
    ids = raw_outputs.get("ids")
    masks = raw_outputs.get("masks")
    if masks is not None:
        scores = scores * masks[0]
    for layer in ("a", "boxes"):
        scores = scores + raw_outputs[layer]
    return boxes, ids.astype(int), scores, None
