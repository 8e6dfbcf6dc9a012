model_type = 1
name = "Pose"


def parse_custom_model(config, raw_outputs):
    return raw_outputs["pose"], None


def add_custom_to_meta(data, batch_meta, frame_meta):  # <- AZ205
    print(data, batch_meta, frame_meta)
