model_type = 0
name = "Yolo"
labels = ["car"]


def parse_det_model(config, raw_outputs):
    rows = raw_outputs.get("output")
    if rows is None:
        return None, [], [], None  # <- AZ226
    return rows[:, :4], rows[:, 5].astype(int), rows[:, 4], None
