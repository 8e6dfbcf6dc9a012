"""What nvdsanalytics computes, without GStreamer: regions, crowds, directions and line crossings of tracked objects."""
