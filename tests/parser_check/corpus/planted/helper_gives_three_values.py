model_type = 0
name = "Yolo"
labels = ["car"]


def decode(rows):
    return rows[:, :4], rows[:, 5].astype(int), rows[:, 4]


def parse_det_model(config, raw_outputs):
    return decode(raw_outputs["output"])  # <- AZ221
