from enum import StrEnum

gie_unique_id = 2


class Colour(StrEnum):
    RED = "red"


def parse_sgie_model(config, raw_outputs):
    return list(Colour)[int(raw_outputs["colour"].argmax())].value
