model_type = 1
name = "Pose"


def parse_custom_model(config, raw_outputs):
    return raw_outputs["pose"], None


def add_custom_to_meta(self, batch_meta, frame_meta, data):  # <- AZ206
    print(self, data, batch_meta, frame_meta)
