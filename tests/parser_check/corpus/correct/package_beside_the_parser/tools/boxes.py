import numpy as np


def decode(rows):
    return rows, np.zeros(len(rows), int), np.ones(len(rows))
