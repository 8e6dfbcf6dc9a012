"""NVIDIA's GStreamer elements on a CPU, one thin file each; the only modules of the simulator that import gi.

GStreamer's Python loader finds them through `simulator/plugins/python`. Each element reads its properties, hands arrays
to the pure functions of `inference`, `tracking`, `drawing` and `analytics`, and writes the results as `pyds` metadata.

Property names, types, ranges, defaults and pad templates are those of NVIDIA's own element sources (DeepStream 9.1,
Apache-2.0, read for their facts); where a release has no public source the property says so in its description.
"""
