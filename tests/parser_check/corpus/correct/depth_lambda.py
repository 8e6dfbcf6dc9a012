model_type = 1
name = "Depth"

parse_custom_model = lambda config, raw_outputs: (raw_outputs["depth"], {"nearest": float(raw_outputs["depth"].min())})
