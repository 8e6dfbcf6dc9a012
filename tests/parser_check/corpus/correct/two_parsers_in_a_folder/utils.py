def best(layer):
    return int(layer.argmax())
