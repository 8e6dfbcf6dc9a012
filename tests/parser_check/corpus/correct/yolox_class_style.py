import numpy as np

model_type = 0
name = "YoloX"
labels = ["car", "truck"]


class YoloX:
    strides = (8, 16, 32)

    def __init__(self, size=640, threshold=0.3):
        self.size = size
        self.threshold = threshold
        self.grid, self.scale = self._grids()

    def _grids(self):
        grids, scales = [], []
        for stride in self.strides:
            count = self.size // stride
            xs, ys = np.meshgrid(np.arange(count), np.arange(count))
            grids.append(np.stack((xs, ys), 2).reshape(-1, 2))
            scales.append(np.full((count * count, 1), stride))
        return np.concatenate(grids), np.concatenate(scales)

    def parse(self, config, raw_outputs):
        rows = raw_outputs["output"]
        centre = (rows[:, :2] + self.grid) * self.scale
        size = np.exp(rows[:, 2:4]) * self.scale
        scores = rows[:, 4:5] * rows[:, 5:]
        ids = scores.argmax(axis=1)
        best = scores.max(axis=1)
        keep = best > self.threshold
        w, h = config.image_size
        factor = np.array([w, h, w, h]) / self.size
        boxes = np.concatenate([centre - size / 2, size], axis=1) * factor
        return boxes[keep], ids[keep], best[keep], None


parse_det_model = YoloX().parse
