import pose

gie_unique_id = 2


def parse_sgie_model(config, raw_outputs):
    return pose.decode(raw_outputs["colour"])
