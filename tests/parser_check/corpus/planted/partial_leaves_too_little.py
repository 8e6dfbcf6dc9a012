from functools import partial

model_type = 1
name = "Depth"


def decode(config, raw_outputs, threshold):  # <- AZ205
    return raw_outputs["depth"] > threshold, None


parse_custom_model = partial(decode, 0.5, 1.0)
