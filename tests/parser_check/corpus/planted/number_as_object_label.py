import pyds

model_type = 1
name = "Digits"


def parse_custom_model(config, raw_outputs):
    return raw_outputs["digits"], None


def add_custom_to_meta(self, data, batch_meta, frame_meta):
    obj_meta = pyds.nvds_acquire_obj_meta_from_pool(batch_meta)
    obj_meta.obj_label = 5  # <- AZ227
    pyds.nvds_add_obj_meta_to_frame(frame_meta, obj_meta, None)
