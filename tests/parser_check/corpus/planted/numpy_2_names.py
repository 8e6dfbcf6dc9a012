import numpy as np
import numpy.lib.array_utils as utils  # <- AZ109
from numpy import concat  # <- AZ109
from numpy.linalg import norm, vector_norm  # <- AZ109

model_type = 0
name = "Yolo"
labels = ["car"]


def parse_det_model(config, raw_outputs):
    rows = np.asarray(raw_outputs["output"], copy=True)  # <- AZ109
    rows = np.unstack(rows)[0]  # <- AZ109
    lengths = np.linalg.vecdot(rows, rows)  # <- AZ109
    order = np.argsort(lengths + norm(rows) + vector_norm(rows), stable=True)  # <- AZ109
    rows = concat([rows[order], np.clip(rows, min=0, max=1)])  # <- AZ109
    ids = rows[:, utils.normalize_axis_index(5, 6)].astype(int)
    return rows[:, :4], ids, rows[:, 4], None
