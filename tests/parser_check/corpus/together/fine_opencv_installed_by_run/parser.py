import cv2

gie_unique_id = 2


def parse_sgie_model(config, raw_outputs):
    return [float(v) for v in cv2.mean(raw_outputs["colour"])]
