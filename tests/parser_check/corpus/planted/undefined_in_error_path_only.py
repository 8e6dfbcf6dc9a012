gie_unique_id = 4


def parse_sgie_model(config, raw_outputs):
    try:
        logits = raw_outputs["logits"]
    except KeyError:
        print("no logits", file=sys.stderr)  # <- AZ104
        return None
    return {"best": int(logits.argmax())}
