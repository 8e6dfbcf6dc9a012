gie_unique_id = 5

GENDERS = ("female", "male")


def _age(layer):
    return round(100 * float(layer.ravel()[0]))


def parse_sgie_model(config, raw_outputs):
    message = {}
    if "age_conv3" in raw_outputs:
        message["age"] = _age(raw_outputs["age_conv3"])
    if "prob" in raw_outputs:
        message["gender"] = GENDERS[int(raw_outputs["prob"].argmax())]
    return message or None
