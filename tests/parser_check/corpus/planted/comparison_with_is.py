gie_unique_id = 2
LABELS = ["red", "blue"]


def parse_sgie_model(config, raw_outputs):
    colour = LABELS[int(raw_outputs["colour"].argmax())]
    if colour is "red":  # <- AZ108
        return {"stop": True}
    return {"stop": False}
