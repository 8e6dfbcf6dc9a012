import numpy as np

type Boxes = np.ndarray  # <- AZ103

model_type = 1
name = "Keypoints"


def parse_custom_model(config, raw_outputs):
    boxes: Boxes = raw_outputs["boxes"]
    return boxes, None
