model_type = 1
name = "Counter"


def parse_custom_model(config, raw_outputs):
    count = int(raw_outputs["density"].sum())
    return {"count": count}  # <- AZ221
