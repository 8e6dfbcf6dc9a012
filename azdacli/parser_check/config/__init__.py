"""nvinfer and nvinferserver configurations: reading them in their three forms, and checking them by themselves."""
