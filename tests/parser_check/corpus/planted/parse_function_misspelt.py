model_type = 0
name = "Yolo"
labels = ["car"]


def parse_dect_model(config, raw_outputs):  # <- AZ202
    rows = raw_outputs["output"]
    return rows[:, :4], rows[:, 5].astype(int), rows[:, 4], None
