import math

model_type = 1
name = "Lanes"


def parse_custom_model(config, raw_outputs):
    labels = ["left", "right"]

    def line(points):
        return [[float(x), float(y)] for x, y in points if not math.isnan(x)]

    lanes = {label: line(raw_outputs[label]) for label in labels}
    return lanes, {"lanes": sorted(lanes)}
