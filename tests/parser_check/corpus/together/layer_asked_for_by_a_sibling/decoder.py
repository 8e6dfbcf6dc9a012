def decode(outputs):
    boxes = outputs["bboxes"]
    return boxes, outputs["classes"].astype(int), outputs["scores"], None
