"""What nvurisrcbin is made of besides GStreamer's own source."""
