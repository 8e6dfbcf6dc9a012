"""What the elements share: properties with their refusals, batches, video frames, and GStreamer's C functions."""
