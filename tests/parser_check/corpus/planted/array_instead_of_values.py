import numpy as np

model_type = 1
name = "Depth"


def parse_custom_model(config, raw_outputs):
    return np.zeros((2, 4))  # <- AZ221
