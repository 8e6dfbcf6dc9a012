import numpy as np


def decode(raw_outputs, size):
    rows = raw_outputs["rows"]
    scale = np.array([*size, *size])
    return rows[:, :4] * scale, rows[:, 5].astype(np.int32), rows[:, 4], None
