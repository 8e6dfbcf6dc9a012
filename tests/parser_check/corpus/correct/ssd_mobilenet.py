import numpy as np

model_type = 0
name = "SSDMobilenet"
labels = ["background"] + [f"class {i}" for i in range(90)]


def parse_det_model(config, raw_outputs):
    try:
        count = int(raw_outputs["num_detections:0"][0])
        scores = raw_outputs["detection_scores:0"][:count]
        classes = raw_outputs["detection_classes:0"][:count].astype("int")
        boxes = raw_outputs["detection_boxes:0"][:count]
    except KeyError as error:
        print(f"{name}: the model has no layer {error}")
        return [], [], [], None
    top, left, bottom, right = boxes.T
    width, height = config.image_size
    pixels = np.stack([left * width, top * height, (right - left) * width, (bottom - top) * height], axis=1)
    return pixels, classes, scores, f"{count} objects"
