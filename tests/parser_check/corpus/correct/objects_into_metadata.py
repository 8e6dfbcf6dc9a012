import pyds

model_type = 1
name = "Objects"


def parse_custom_model(config, raw_outputs):
    rows = raw_outputs["rows"]
    return [(row[:4].tolist(), int(row[5]), float(row[4])) for row in rows if row[4] > 0.5], None


def add_custom_to_meta(self, data, batch_meta, frame_meta):
    for (left, top, width, height), class_id, confidence in data:
        obj_meta = pyds.nvds_acquire_obj_meta_from_pool(batch_meta)
        obj_meta.class_id = class_id
        obj_meta.confidence = confidence
        obj_meta.obj_label = "thing"
        rect_params = obj_meta.rect_params
        rect_params.left, rect_params.top = left, top
        rect_params.width, rect_params.height = width, height
        rect_params.border_width = 3
        pyds.nvds_add_obj_meta_to_frame(frame_meta, obj_meta, None)
