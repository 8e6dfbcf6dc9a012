COLOURS = ["black", "blue", "brown", "gold", "green", "grey", "red", "white"]
gie_unique_id = 2


def parse_sgie_model(config, raw_outputs):
    scores = raw_outputs["predictions/Softmax"].ravel()
    best = int(scores.argmax())
    return {"colour": COLOURS[best], "score": float(scores[best])} if scores[best] > 0.5 else None
