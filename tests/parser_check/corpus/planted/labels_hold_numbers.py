model_type = 0
name = "Digits"
labels = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]  # <- AZ204


def parse_det_model(config, raw_outputs):
    rows = raw_outputs["output"]
    return rows[:, :4], rows[:, 5].astype(int), rows[:, 4], None
