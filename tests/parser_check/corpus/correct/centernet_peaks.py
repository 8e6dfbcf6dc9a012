import numpy as np

model_type, name, labels = 0, "CenterNet", ["ship"]


def parse_det_model(config, raw_outputs):
    heat = raw_outputs["hm"][0]
    ys, xs = np.nonzero(heat > 0.3)
    sizes = raw_outputs["wh"][:, ys, xs].T * 4
    boxes = np.column_stack([xs * 4 - sizes[:, 0] / 2, ys * 4 - sizes[:, 1] / 2, sizes])
    return boxes, np.zeros(len(xs), dtype=np.int64), heat[ys, xs], None
