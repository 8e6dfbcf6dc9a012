"""What the tutorial's landmarks example imports, written for the tests."""

from types import SimpleNamespace


def decode_landmarks(landmarks):
    points = [SimpleNamespace(x=float(x), y=float(y)) for x, y in landmarks.reshape(5, 2)]
    return SimpleNamespace(leye=points[0], reye=points[1], nose=points[2], lmouth=points[3], rmouth=points[4])
