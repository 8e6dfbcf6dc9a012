"""What nvinfer and nvinferserver compute, without GStreamer: settings, preprocessing, ONNX Runtime, postprocessing."""

import os

# Official builds of ONNX Runtime for Linux report to their maker unless this is set before they are loaded (its
# Privacy.md, release 1.32). Frames and models of our users are nobody else's business.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
