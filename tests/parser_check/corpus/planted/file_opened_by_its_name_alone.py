from pathlib import Path

import numpy as np

model_type = 0
name = "Names"
labels = open("json.py").read().split()  # <- AZ308
MORE = Path("json.py").read_text().split()  # <- AZ308
BESIDE = (Path(__file__).parent / "json.py").read_text()
ELSEWHERE = open("/etc/hostname").read()
UNKNOWN = open("made-by-the-image.txt").read()


def parse_det_model(config, raw_outputs):
    return np.zeros((0, 4)), [], [], [MORE, BESIDE, ELSEWHERE, UNKNOWN]
