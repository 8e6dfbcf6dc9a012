import cv2  # azda: ignore[AZ301] the image is built with --run "pip install opencv-python-headless"

gie_unique_id = 2


def parse_sgie_model(config, raw_outputs):
    return [float(v) for v in cv2.mean(raw_outputs["x"])]
