from cgitb import text  # <- AZ105

model_type = 1
name = "Counter"


def parse_custom_model(config, raw_outputs):
    return int(raw_outputs["density"].sum()), None
