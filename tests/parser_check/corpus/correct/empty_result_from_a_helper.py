import numpy as np

model_type = 0
name = "Helper"
labels = ["thing"]


def nothing(message=None):
    return np.empty((0, 4)), np.empty(0), np.empty(0), message


def parse_det_model(config, raw_outputs):
    rows = raw_outputs.get("rows")
    if rows is None or rows.size == 0:
        return nothing("no rows")
    boxes, scores, classes = rows[:, :4], rows[:, 4], rows[:, 5]
    result = [boxes, classes.astype(np.intp), scores, None]
    return result
