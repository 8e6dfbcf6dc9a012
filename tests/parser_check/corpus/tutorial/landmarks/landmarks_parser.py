import face_utils as UTILS

gie_unique_id=3
def parse_sgie_model(config, raw_outputs):
    try:
        landmarks = raw_outputs["landmarks"]
    except:
        print("LandmarksParser. Error: some layers missing in output tensors")
        return None

    d = UTILS.decode_landmarks(landmarks)

    message = {
        "LeftEye"   : [d.leye.x, d.leye.y],
        "RightEye"  : [d.reye.x, d.reye.y],
        "Nose"      : [d.nose.x, d.nose.y],
        "LeftMouth" : [d.lmouth.x, d.lmouth.y],
        "RightMouth": [d.rmouth.x, d.rmouth.y]
    }
    return message
