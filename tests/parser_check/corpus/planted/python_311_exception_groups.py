model_type = 1
name = "Anomaly"


def parse_custom_model(config, raw_outputs):
    try:  # <- AZ103
        score = float(raw_outputs["score"][0])
    except* ValueError:
        score = 0.0
    return score, {"score": score}
