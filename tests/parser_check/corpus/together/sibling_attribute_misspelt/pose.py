def decode(layer):
    return layer.tolist()
