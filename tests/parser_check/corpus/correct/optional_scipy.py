try:
    from scipy.ndimage import label as components
except ImportError:
    components = None

model_type = 1
name = "Blobs"


def parse_custom_model(config, raw_outputs):
    mask = raw_outputs["mask"] > 0.5
    if components is None:
        return None, {"blobs": None}
    _, count = components(mask)
    return mask, {"blobs": int(count)}
