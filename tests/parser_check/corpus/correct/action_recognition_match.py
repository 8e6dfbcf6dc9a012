model_type = 1
name = "Actions"
ACTIONS = ["walk", "run", "fall", "sit"]


def parse_custom_model(config, raw_outputs):
    match ACTIONS[int(raw_outputs["logits"].argmax())]:
        case "fall":
            return None, {"alarm": True}
        case "walk" | "run" as moving:
            return None, {"moving": moving}
        case _:
            return None, None
