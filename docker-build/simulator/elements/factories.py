"""The element names that GStreamer learns: the class behind each, and the rank by which decodebin picks."""

import os
from importlib import import_module
from typing import Any

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstBase", "1.0")
from gi.repository import Gst  # after require_version

from simulator.support import bindings  # same

bindings.as_in_images()

ABOVE_SOFTWARE = 266
"""PRIMARY + 10: decodebin and uridecodebin prefer these decoders to those of the distribution."""

CLASSES = {
    "nvdewarper": "NvDewarper",
    "nvdsanalytics": "NvDsAnalytics",
    "nvdslogger": "NvDsLogger",
    "nvdsosd": "NvDsOsd",
    "nvdspreprocess": "NvDsPreProcess",
    "nvinfer": "NvInfer",
    "nvinferserver": "NvInferServer",
    "nvmsgbroker": "NvMsgBroker",
    "nvmsgconv": "NvMsgConv",
    "nvmultistreamtiler": "NvMultiStreamTiler",
    "nvof": "NvOf",
    "nvofvisual": "NvOfVisual",
    "nvosdbin": "NvOsdBin",
    "nvsegvisual": "NvSegVisual",
    "nvstreamdemux": "NvStreamDemux",
    "nvstreammux": "NvStreamMux",
    "nvtracker": "NvTracker",
    "nvurisrcbin": "NvUriSrcBin",
    "nvvideoconvert": "NvVideoConvert",
    "nvv4l2decoder": "NvV4l2Decoder",
    "nvjpegdec": "NvJpegDec",
    "nvv4l2h264enc": "NvV4l2H264Enc",
    "nvv4l2h265enc": "NvV4l2H265Enc",
    "nvjpegenc": "NvJpegEnc",
    "nveglglessink": "NvEglGlesSink",
    "nvegltransform": "NvEglTransform",
    "nv3dsink": "Nv3dSink",
}
MODULES = {
    "nvjpegdec": "nvv4l2decoder",
    "nvv4l2h264enc": "nvv4l2encoder",
    "nvv4l2h265enc": "nvv4l2encoder",
    "nvjpegenc": "nvv4l2encoder",
    "nvegltransform": "nveglglessink",
    "nv3dsink": "nveglglessink",
    "nvofvisual": "nvof",
}
RANKS = {"nvv4l2decoder": ABOVE_SOFTWARE, "nvjpegdec": ABOVE_SOFTWARE, "nvsegvisual": int(Gst.Rank.PRIMARY)}


def factory(name: str) -> tuple[str, int, Any]:
    """The `__gstelementfactory__` of an element; its module is imported now, those of the others are not."""
    module = import_module(f".{MODULES.get(name, name)}", __package__)
    class_name = CLASSES[name]
    if name == "nvstreammux" and os.environ.get("USE_NEW_NVSTREAMMUX") == "yes":
        class_name = "NewStreamMux"
    return (name, RANKS.get(name, int(Gst.Rank.NONE)), getattr(module, class_name))
