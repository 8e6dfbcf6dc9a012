def decode(layer):
    return np.squeeze(layer).tolist()
