gie_unique_id = 2


def parse_sgie_model(config, raw_outputs):
    best = int(raw_outputs["colour"].argmax())
    return "colour {} of {}".format(best)  # <- AZ108
