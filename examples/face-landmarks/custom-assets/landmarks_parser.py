"""The tutorial's secondary parser: five points of a face, as the face's message."""

import face_utils

gie_unique_id = 3  # as gie-unique-id in landmarks_sgie_config.txt


def parse_sgie_model(config, raw_outputs: dict):
    """The points as fractions of the face's box; nothing where they are no numbers."""
    found = face_utils.decode_landmarks(raw_outputs["landmarks"])
    if found is None:
        return None
    return {
        "LeftEye": [found.leye.x, found.leye.y],
        "RightEye": [found.reye.x, found.reye.y],
        "Nose": [found.nose.x, found.nose.y],
        "LeftMouth": [found.lmouth.x, found.lmouth.y],
        "RightMouth": [found.rmouth.x, found.rmouth.y],
    }
