import pyds

model_type = 1
name = "Text"


def parse_custom_model(config, raw_outputs):
    return raw_outputs["text"], None


def add_custom_to_meta(self, data, batch_meta, frame_meta):
    display_meta = pyds.nvds_acquire_display_meta_from_pool(batch_meta)
    text_params = display_meta.text_params[0]
    text_params.x_offset = -5  # <- AZ227
    pyds.nvds_add_display_meta_to_frame(frame_meta, display_meta)
