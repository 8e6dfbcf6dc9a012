model_type = 0
name = "Yolo"
labels = ["car"]


class Parser:
    def __init__(self, threshold):
        self.threshold = threshold

    def parse(self, config, raw_outputs):
        rows = raw_outputs["output"]
        rows = rows[rows[:, 4] > self.threshold]
        return rows[:, :4], rows[:, 5].astype(int), rows[:, 4], None, len(rows)  # <- AZ221


parse_det_model = Parser(0.5).parse
