"""Turns a map of brightness into one box around what is bright."""

import numpy as np

model_type = 0
name = "BlobParser"
labels = ["blob"]

BRIGHT = 0.3


def parse_det_model(config, raw_outputs: dict):
    """Find the bright cells of `heat` (1x16x16, 0..1) and give the box around them in pixels of the frame."""
    heat = raw_outputs["heat"][0]
    rows, columns = np.nonzero(heat > BRIGHT)
    if rows.size == 0:
        return np.zeros((0, 4)), np.zeros(0, dtype=int), np.zeros(0), None
    width, height = config.image_size
    cell = np.array([width / heat.shape[1], height / heat.shape[0]])
    corner = np.array([columns.min(), rows.min()]) * cell
    size = np.array([columns.max() + 1, rows.max() + 1]) * cell - corner
    box = np.concatenate([corner, size])
    message = {"brightest": float(heat.max())}
    return box[None, :], np.array([0]), np.array([float(heat.max())]), message
