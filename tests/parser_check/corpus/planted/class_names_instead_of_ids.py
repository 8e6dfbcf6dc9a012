model_type = 0
name = "Yolo"
labels = ["car", "bus"]


def parse_det_model(config, raw_outputs):
    rows = raw_outputs["output"]
    names = [labels[int(i)] for i in rows[:, 5]]
    return rows[:, :4], names, rows[:, 4], None  # <- AZ223
