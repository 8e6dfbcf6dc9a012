import yaml  # <- AZ301

gie_unique_id = 2


def parse_sgie_model(config, raw_outputs):
    return yaml.safe_load("a: 1")
