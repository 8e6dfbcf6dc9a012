from functools import partial

gie_unique_id = 6


def decode(config, raw_outputs, names):
    return names[int(raw_outputs["logits"].argmax())]


parse_sgie_model = partial(decode, names=("front", "side", "back"))
