"""DeepStream's metadata: the only place that imports pyds."""
