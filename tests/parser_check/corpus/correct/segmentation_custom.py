import numpy as np

model_type = 1
name = "Segmentation"
COLOURS = {0: "road", 1: "sky"}


def parse_custom_model(config, raw_outputs):
    classes = raw_outputs["argmax_1"].astype(np.uint8)
    shares = {COLOURS[int(i)]: float((classes == i).mean()) for i in np.unique(classes) if int(i) in COLOURS}
    return classes, shares
