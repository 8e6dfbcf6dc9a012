import pyds

model_type = 1
name = "Objects"


def parse_custom_model(config, raw_outputs):
    return raw_outputs["boxes"], None


def add_custom_to_meta(self, data, batch_meta, frame_meta):
    for left, top, width, height in data:
        obj_meta = pyds.nvds_acquire_obj_meta_from_pool(batch_meta)
        obj_meta.class_id = 0.0  # <- AZ227
        obj_meta.rect_params.left = float(left)
        obj_meta.rect_params.top = float(top)
        obj_meta.rect_params.width = float(width)
        obj_meta.rect_params.height = float(height)
        pyds.nvds_add_obj_meta_to_frame(frame_meta, obj_meta, None)
