from enum import StrEnum  # <- AZ103

model_type = 1
name = "Action"


class Action(StrEnum):
    WALK = "walk"
    FALL = "fall"


def parse_custom_model(config, raw_outputs):
    best = int(raw_outputs["actions"].argmax())
    return None, {"action": list(Action)[best].value}
