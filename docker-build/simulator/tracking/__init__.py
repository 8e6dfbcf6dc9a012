"""What nvtracker computes, without GStreamer: stable ids for detections, by motion and overlap."""
