import numpy as np

model_type = 0  # <- AZ202


def parse_det_model(config, raw_outputs):
    boxes = raw_outputs["boxes"] / SIZE  # <- AZ104
    return boxes, np.zeros(len(boxes), int), np.ones(len(boxes)), None


if __name__ == "__main__":
    SIZE = 320
    labels = ["car"]
    name = "cars"
    print(parse_det_model(None, {}))
