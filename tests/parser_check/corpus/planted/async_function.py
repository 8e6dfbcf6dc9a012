gie_unique_id = 3


async def parse_sgie_model(config, raw_outputs):  # <- AZ207
    return raw_outputs["landmarks"].tolist()
