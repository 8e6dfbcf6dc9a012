model_type = 1
name = "Depth"


def parse_custom_model(config, raw_outputs):
    depth = raw_outputs["depth"]
      return depth, None  # <- AZ102
