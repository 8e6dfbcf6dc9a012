DESCRIPTOR_BYTES = 64


def of(a):
    return None


def has_surfaces(b):
    return False
