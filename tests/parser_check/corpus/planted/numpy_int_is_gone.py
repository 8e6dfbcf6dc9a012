import numpy as np

model_type = 0
name = "Yolo"
labels = ["car"]


def parse_det_model(config, raw_outputs):
    rows = raw_outputs["output"]
    ids = rows[:, 5].astype(np.int)  # <- AZ304
    return rows[:, :4], ids, rows[:, 4], None
