"""What nvinfer and nvinferserver compute, without GStreamer: settings, preprocessing, ONNX Runtime, postprocessing."""
