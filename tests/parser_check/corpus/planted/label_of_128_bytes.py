model_type = 0
name = "Long"
labels = [
    "car",
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",  # <- AZ225
]


def parse_det_model(config, raw_outputs):
    rows = raw_outputs["output"]
    return rows[:, :4], rows[:, 5].astype(int), rows[:, 4], None
