import sys

model_type = 0
name = "Strict"
labels = ["thing"]


def refuse(why):
    raise RuntimeError(f"{name}: {why}")


def parse_det_model(config, raw_outputs):
    if "rows" in raw_outputs:
        rows = raw_outputs["rows"]
        return rows[:, :4], rows[:, 5].astype(int), rows[:, 4], None
    if not raw_outputs:
        sys.exit("no layers at all")
    refuse("no layer 'rows'")
