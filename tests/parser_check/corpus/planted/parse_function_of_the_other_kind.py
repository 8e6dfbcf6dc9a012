model_type = 1  # <- AZ202
name = "Yolo"
labels = ["car"]


def parse_det_model(config, raw_outputs):
    rows = raw_outputs["output"]
    return rows[:, :4], rows[:, 5].astype(int), rows[:, 4], None
