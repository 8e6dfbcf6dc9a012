model_type = 1
name = "Meta"


def parse_custom_model(config, raw_outputs):
    return raw_outputs["x"], None


def add_custom_to_meta(self, data, batch_meta, frame_meta):
    for obj_meta in data:
        obj_meta.obj_label = "abababababababababababababababababababababababababababababababababababababababababababababababababababababababababababababababab"  # <- AZ225
