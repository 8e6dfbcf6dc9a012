"""Reads the names of numpy 2 only where they are; arrays and functions of its own may be called like them."""

import numpy as np

try:
    from numpy import concat
except ImportError:
    concat = np.concatenate

model_type = 0
name = "Yolo"
labels = ["car"]

area = np.trapezoid if hasattr(np, "trapezoid") else np.trapz
if np.__version__.startswith("2"):
    power = np.pow
else:
    power = np.power
try:
    count = np.bitwise_count
except AttributeError:
    count = None


def unstack(np, rows):
    return np.unstack(rows)


def parse_det_model(config, raw_outputs):
    rows = concat([raw_outputs["output"].astype(np.float32)])
    rows = np.clip(rows, 0, 1).clip(min=0)
    if count is None or area(rows[:, 4]) > power(2.0, 1):
        return [], [], [], None
    return rows[:, :4], rows[:, 5].astype(int), rows[:, 4], None
