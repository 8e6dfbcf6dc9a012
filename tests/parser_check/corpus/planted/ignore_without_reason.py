import cv2  # azda: ignore[AZ301] # <- AZ003

gie_unique_id = 2


def parse_sgie_model(config, raw_outputs):
    return cv2.mean(raw_outputs["x"])
