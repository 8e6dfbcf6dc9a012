model_type = 0
name = "Yolo"
labels = ["car", "bus"]


def parse_det_model(config, raw_outputs):
    rows = raw_outputs["output"]
    return rows[:, :4], labels, rows[:, 4], None  # <- AZ223
