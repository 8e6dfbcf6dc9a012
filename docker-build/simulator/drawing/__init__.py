"""What nvdsosd, nvmultistreamtiler, nvvideoconvert and nvdewarper draw, on numpy arrays, without GStreamer."""
