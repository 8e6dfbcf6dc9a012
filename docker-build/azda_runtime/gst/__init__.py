"""GStreamer: the only place that imports gi."""

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstPbutils", "1.0")
