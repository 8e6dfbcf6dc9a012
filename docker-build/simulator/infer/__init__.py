"""What nvinfer and nvinferserver share: from the frames and objects of a batch to a model and back."""
