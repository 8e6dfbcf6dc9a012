"""A parser that its writer also starts by hand: nothing below the last condition runs in a pipeline."""

import sys

import numpy as np

model_type = 1
name = "tried-by-hand"


def parse_custom_model(config, raw_outputs):
    return np.zeros(1), None


def load():
    import onnxruntime

    return onnxruntime.InferenceSession("model.onnx")


def show():
    import matplotlib.pyplot as plt

    load()
    plt.show()


if "__main__" == __name__ and len(sys.argv) > 1:
    import pandas

    print(undefined_here, np.float(3), pandas.DataFrame(), sys.stdin.read())
    show()
elif not __name__ != "__main__":
    raise SystemExit(__name__)
