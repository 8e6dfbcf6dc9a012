import functools

model_type = 1
name = "Anomaly"


def judge(threshold, config, raw_outputs):
    score = float(raw_outputs["anomaly_map"].max())
    return None, {"anomaly": score > threshold, "score": score}


parse_custom_model = functools.partial(judge, 0.5)
