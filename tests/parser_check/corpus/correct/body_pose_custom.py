import numpy as np
import pyds

model_type = 1
name = "BodyPose"

PARTS = ("nose", "neck", "shoulder")


def peaks(heatmap, threshold=0.1):
    ys, xs = np.where(heatmap > threshold)
    return list(zip(xs.tolist(), ys.tolist()))


def parse_custom_model(config, raw_outputs):
    try:
        heatmaps = raw_outputs["heatmap_out/BiasAdd:0"]
    except KeyError:
        return None, None
    w, h = config.image_size
    people = [{part: peaks(heatmaps[..., i]) for i, part in enumerate(PARTS)}]
    message = {"people": len(people), "frame": [w, h]}
    return people, message


def add_custom_to_meta(self, data, batch_meta, frame_meta):
    display_meta = pyds.nvds_acquire_display_meta_from_pool(batch_meta)
    display_meta.num_circles = 0
    for person in data:
        for x, y in person["nose"]:
            circle = display_meta.circle_params[display_meta.num_circles]
            circle.xc, circle.yc, circle.radius = int(x), int(y), 4
            display_meta.num_circles += 1
    text_params = display_meta.text_params[0]
    text_params.x_offset = 10
    text_params.y_offset = 0
    pyds.nvds_add_display_meta_to_frame(frame_meta, display_meta)
