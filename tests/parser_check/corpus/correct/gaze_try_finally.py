import time

gie_unique_id = 8
seconds = 0.0


def parse_sgie_model(config, raw_outputs):
    global seconds
    start = time.perf_counter()
    try:
        x, y, z, *_ = raw_outputs["fc_joint_2"].ravel().tolist()
        return {"gaze": [x, y, z]}
    except ValueError:
        return None
    finally:
        seconds += time.perf_counter() - start
