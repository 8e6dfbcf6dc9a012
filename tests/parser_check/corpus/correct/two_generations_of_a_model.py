import numpy as np

model_type = 0
name = "TwoGenerations"
labels = ["part"]


def parse_det_model(config, raw_outputs):
    try:
        rows = raw_outputs["output0"]
    except KeyError:
        rows = raw_outputs["output"]
    rows = np.atleast_2d(rows)
    return rows[:, :4], rows[:, 5].astype(np.int64), rows[:, 4], None
