model_type = 1
name = "Depth"

parse_custom_model = lambda config, raw_outputs: {"depth": raw_outputs["depth"].tolist()}  # <- AZ221
