model_type = 1
name = "Bytes"


def parse_custom_model(config, raw_outputs):
    data = raw_outputs["data"]
    return data, {"kind": b"raw"}  # <- AZ228
