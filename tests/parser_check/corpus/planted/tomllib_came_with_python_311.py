import tomllib  # <- AZ303

gie_unique_id = 2
SETTINGS = tomllib.loads("threshold = 0.5")


def parse_sgie_model(config, raw_outputs):
    return bool(raw_outputs["x"][0] > SETTINGS["threshold"])
