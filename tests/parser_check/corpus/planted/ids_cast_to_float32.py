import numpy as np

model_type = 0
name = "Faces"
labels = ["face", "mask"]


def parse_det_model(config, raw_outputs):
    classes = raw_outputs["classes"].astype(np.float32)
    return raw_outputs["boxes"], classes, raw_outputs["scores"], None  # <- AZ224
