import itertools

gie_unique_id = 2


def parse_sgie_model(config, raw_outputs):
    flat = raw_outputs["points"].ravel().tolist()
    return [list(pair) for pair in itertools.batched(flat, 2)]  # <- AZ103
