model_type = 0
name = "Yolo"
labels = ["car"]
EMPTY = ([], [], [], None)


def parse_det_model(config, raw_outputs):
    if "output" not in raw_outputs:
        return (*EMPTY, None)  # <- AZ221
    rows = raw_outputs["output"]
    return rows[:, :4], rows[:, 5].astype(int), rows[:, 4], None
