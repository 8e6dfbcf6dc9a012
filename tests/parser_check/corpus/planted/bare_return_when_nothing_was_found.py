import numpy as np

model_type = 0
name = "Yolo"
labels = ["car"]


def parse_det_model(config, raw_outputs):
    rows = raw_outputs["output"]
    rows = rows[rows[:, 4] > 0.5]
    if not len(rows):
        return  # <- AZ221
    return rows[:, :4], rows[:, 5].astype(np.int64), rows[:, 4], None
