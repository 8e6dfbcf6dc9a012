import numpy as np

model_type = 0
name = "Yolo"
labels = ["car", "bus"]


def parse_det_model(config, raw_outputs)  # <- AZ102
    rows = raw_outputs["output"]
    return rows[:, :4], np.argmax(rows[:, 5:], axis=1), rows[:, 4], None
