model_type = 0
name = "SSD"
labels = ["none", "person"]


def parse_det_model(config, raw_outputs):
    boxes, ids, scores = decode_boxes(raw_outputs["boxes"])  # <- AZ104
    return boxes, ids, scores, None
