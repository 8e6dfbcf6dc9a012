import cv2


def decode(layer):
    return [float(v) for v in cv2.mean(layer)]
