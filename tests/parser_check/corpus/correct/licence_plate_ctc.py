import numpy as np

gie_unique_id = 3
ALPHABET = "0123456789ABCDEFGHIJKLMNPQRSTUVWXYZ"


def parse_sgie_model(config, raw_outputs):
    indices = raw_outputs["tf_op_layer_ArgMax"].ravel().astype(int)
    text = ""
    last = -1
    for index in indices:
        if index != last and index < len(ALPHABET):
            text += ALPHABET[index]
        last = index
    confidence = float(np.mean(raw_outputs["tf_op_layer_Max"]))
    if len(text) < 3:
        return
    return {"plate": text, "confidence": confidence}
