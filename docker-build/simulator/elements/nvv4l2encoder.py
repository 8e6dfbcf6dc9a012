"""nvv4l2h264enc, nvv4l2h265enc and nvjpegenc: software encoders behind NVIDIA's names, bitrates in bits per second."""

from typing import Any

from gi.repository import Gst

from simulator.elements.bins import ConfiguredBin, caps_filter, first_installed, out_of_nvmm
from simulator.support.base import Configured, formats, metadata, template
from simulator.support.properties import (
    GPU_ID,
    PLACEMENT,
    REFUSED,
    boolean,
    choice,
    declare,
    enumeration,
    integer,
    text,
    unsigned,
)

RATE_CONTROL = enumeration(
    "GstNvVideoEncRateControlType",
    (
        (0, "GST_V4L2_VIDENC_VARIABLE_BITRATE", "variable_bitrate"),
        (1, "GST_V4L2_VIDENC_CONSTANT_BITRATE", "constant_bitrate"),
    ),
)
H264_PROFILE = enumeration(
    "GstNvV4l2VideoEncH264Profile",
    (
        (0, "GST_V4L2_H264_VIDENC_BASELINE_PROFILE", "Baseline"),
        (2, "GST_V4L2_H264_VIDENC_MAIN_PROFILE", "Main"),
        (4, "GST_V4L2_H264_VIDENC_HIGH_PROFILE", "High"),
    ),
)
H265_PROFILE = enumeration(
    "GstNvV4l2VideoEncH265Profile",
    ((0, "GST_V4L2_H265_VIDENC_MAIN_PROFILE", "Main"),),
)
COMMON = (
    unsigned("bitrate", 4_000_000),
    unsigned("peak-bitrate", 0, PLACEMENT),
    choice("control-rate", RATE_CONTROL, 1, PLACEMENT),
    unsigned("iframeinterval", 30),
    unsigned("idrinterval", 256, PLACEMENT),
    unsigned("preset-level", 1, PLACEMENT),
    unsigned("preset-id", 1, PLACEMENT),
    unsigned("tuning-info-id", 2, PLACEMENT),
    unsigned("insert-sps-pps", 0, bounds=(0, 1)),
    boolean("insert-vui", False, PLACEMENT),
    boolean("insert-aud", False, PLACEMENT),
    boolean("maxperf-enable", False, PLACEMENT),
    boolean("bufapi-version", False, PLACEMENT),
    boolean("EnableTwopassCBR", False, PLACEMENT),
    unsigned("vbv-size", 4_000_000, PLACEMENT),
    unsigned("num-B-Frames", 0, REFUSED),
    unsigned("num-Ref-Frames", 1, PLACEMENT),
    integer("slice-header-spacing", 0, PLACEMENT),
    text("qp-range", None, REFUSED),
    GPU_ID,
)
"""The V4L2 plugins have no public source for dGPU: names from NVIDIA's documentation, defaults UNVERIFIED.

NVIDIA's `insert-sps-pps` and `bufapi-version` are booleans; GStreamer converts 0 and 1 either way."""

INPUT = ("I420", "NV12")
HARDWARE_LIKE = {"x264enc": ("superfast", "zerolatency"), "x265enc": ("ultrafast", "zerolatency")}


class _Encoder(ConfiguredBin):
    """Frames out of memory:NVMM, a software encoder, a byte stream with one access unit per buffer."""

    SOFTWARE: tuple[str, ...] = ()
    STREAM = ""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = first_installed(self.SOFTWARE)
        name = self.encoder.get_factory().get_name()
        if name in HARDWARE_LIKE:
            speed, tune = HARDWARE_LIKE[name]
            Gst.util_set_object_arg(self.encoder, "speed-preset", speed)
            Gst.util_set_object_arg(self.encoder, "tune", tune)
        self.kilobits = name in HARDWARE_LIKE
        self._apply()
        converter, plain = out_of_nvmm("I420")
        output = caps_filter(f"{self.STREAM}, stream-format=(string)byte-stream, alignment=(string)au")
        self.chain(converter, plain, self.encoder, output)
        self.expose("sink", converter.get_static_pad("sink"))
        self.expose("src", output.get_static_pad("src"))

    do_get_property = Configured.do_get_property
    do_set_property = Configured.do_set_property

    def property_changed(self, _name: str, _value: Any) -> None:
        """Hand a new bitrate, key frame distance or choice of headers to the software encoder."""
        self._apply()

    def _apply(self) -> None:
        bits = self.values["bitrate"]
        self.encoder.set_property("bitrate", max(1, bits // 1000) if self.kilobits else bits)
        distance = "key-int-max" if self.kilobits else "gop-size"
        self.encoder.set_property(distance, min(self.values["iframeinterval"], 2**31 - 1))
        if self.encoder.get_factory().get_name() == "x265enc":  # x264enc repeats parameter sets in any byte stream
            headers = "repeat-headers=1" if self.values["insert-sps-pps"] else ""
            self.encoder.set_property("option-string", headers)


def _templates(stream: str) -> tuple[Gst.PadTemplate, Gst.PadTemplate]:
    return (
        template("src", f"{stream}, stream-format=(string)byte-stream, alignment=(string)au"),
        template("sink", f"{formats(INPUT, nvmm=True)}; {formats(INPUT, nvmm=False)}"),
    )


class NvV4l2H264Enc(_Encoder):
    """H.264."""

    __gtype_name__ = "GstNvV4l2H264Enc"
    __gstmetadata__ = metadata("V4L2 H.264 Encoder", "Codec/Encoder/Video/Hardware", "Encode H.264 video streams")
    __gsttemplates__ = _templates("video/x-h264")
    PROPERTIES = (*COMMON, choice("profile", H264_PROFILE, 0, PLACEMENT))
    __gproperties__ = declare(PROPERTIES)
    SOFTWARE = ("x264enc", "openh264enc")
    STREAM = "video/x-h264"
    do_get_property = Configured.do_get_property
    do_set_property = Configured.do_set_property


class NvV4l2H265Enc(_Encoder):
    """H.265."""

    __gtype_name__ = "GstNvV4l2H265Enc"
    __gstmetadata__ = metadata("V4L2 H.265 Encoder", "Codec/Encoder/Video/Hardware", "Encode H.265 video streams")
    __gsttemplates__ = _templates("video/x-h265")
    PROPERTIES = (*COMMON, choice("profile", H265_PROFILE, 0, PLACEMENT))
    __gproperties__ = declare(PROPERTIES)
    SOFTWARE = ("x265enc",)
    STREAM = "video/x-h265"
    do_get_property = Configured.do_get_property
    do_set_property = Configured.do_set_property


IDCT = enumeration(
    "GstNvJpegEncIdctMethod",
    (
        (0, "Slow but accurate integer algorithm", "islow"),
        (1, "Faster, less accurate integer method", "ifast"),
        (2, "Floating-point: accurate, fast on fast HW", "float"),
    ),
)
JPEG = (
    integer("quality", 85, bounds=(0, 100)),
    choice("idct-method", IDCT, 1, PLACEMENT),
    boolean("Enableperf", False, PLACEMENT),
)


class NvJpegEnc(ConfiguredBin):
    """Images, one per frame."""

    __gtype_name__ = "GstNvJpegEnc"
    __gstmetadata__ = metadata("JPEG image encoder", "Codec/Encoder/Image", "Encode images in JPEG format")
    __gsttemplates__ = (
        template("src", "image/jpeg"),
        template("sink", f"{formats(INPUT, nvmm=True)}; {formats(INPUT, nvmm=False)}"),
    )
    PROPERTIES = JPEG
    __gproperties__ = declare(JPEG)

    def __init__(self) -> None:
        super().__init__()
        self.encoder = first_installed(("jpegenc",))
        converter, plain = out_of_nvmm("I420")
        self.chain(converter, plain, self.encoder)
        self.expose("sink", converter.get_static_pad("sink"))
        self.expose("src", self.encoder.get_static_pad("src"))

    do_get_property = Configured.do_get_property
    do_set_property = Configured.do_set_property

    def property_changed(self, name: str, value: Any) -> None:
        """Hand a new quality to the software encoder."""
        if name == "quality":
            self.encoder.set_property("quality", value)
