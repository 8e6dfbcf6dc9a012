"""nvv4l2decoder and nvjpegdec: the distribution's decoders behind NVIDIA's names; their frames carry memory:NVMM."""

from typing import Any

from gi.repository import Gst

from simulator.elements.bins import ConfiguredBin, caps_filter, first_installed, into_nvmm
from simulator.support.base import NVMM, Configured, fail, make, metadata, template, template_of
from simulator.support.properties import GPU_ID, PLACEMENT, REFUSED, boolean, choice, declare, enumeration, unsigned

SOFTWARE = {
    "video/x-h264": ("avdec_h264", "openh264dec"),
    "video/x-h265": ("avdec_h265", "libde265dec"),
    "video/x-vp8": ("vp8dec", "avdec_vp8"),
    "video/x-vp9": ("vp9dec", "avdec_vp9"),
    "video/x-av1": ("dav1ddec", "av1dec", "avdec_av1"),
    "image/jpeg": ("jpegdec", "avdec_mjpeg"),
}
MPEG = {1: ("avdec_mpegvideo", "mpeg2dec"), 2: ("avdec_mpeg2video", "mpeg2dec"), 4: ("avdec_mpeg4",)}
SKIP = enumeration(
    "GstNvDecoderSkipFrames",
    (
        (0, "Decode all frames", "decode_all"),
        (1, "Decode non-ref frames", "decode_non_ref"),
        (2, "decode key frames", "decode_key"),
    ),
)
CUDA_MEMORY = enumeration(
    "GstNvDecoderCudaMemType",
    (
        (0, "Memory type Device", "memtype_device"),
        (1, "Memory type Host Pinned", "memtype_pinned"),
        (2, "Memory type Unified", "memtype_unified"),
    ),
)
DECODER = (
    unsigned("drop-frame-interval", 0, bounds=(0, 30)),
    unsigned("num-extra-surfaces", 1, PLACEMENT, bounds=(0, 55)),
    choice("skip-frames", SKIP, 0, REFUSED),
    choice("cudadec-memtype", CUDA_MEMORY, 0, PLACEMENT),
    GPU_ID,
    boolean("enable-max-performance", False, PLACEMENT),
    boolean("disable-dpb", False, PLACEMENT),
    boolean("low-latency-mode", False, PLACEMENT),
    boolean("bufapi-version", False, PLACEMENT),
    boolean("mjpeg", False, PLACEMENT),
)
"""The V4L2 plugins have no public source for dGPU: names from NVIDIA's documentation, defaults UNVERIFIED."""


class _Decoder(ConfiguredBin):
    """Chooses the software decoder when the stream's caps arrive."""

    PROPERTIES = DECODER

    def __init__(self) -> None:
        super().__init__()
        accepted = caps_filter(template_of(self, "sink").get_caps().to_string())
        # Decoders give what the stream has, 10 bits or whole chroma planes too; surfaces here have 8 bits.
        common = make("videoconvert")
        self.add(accepted)
        self.chain(common, *(surface := into_nvmm("NV12")))
        label = surface[-1]
        self._converter, self._kind = common, ""
        self._decoder: Any = None
        self.count = 0
        self.expose("sink", accepted.get_static_pad("sink"))
        self.expose("src", label.get_static_pad("src"))
        accepted.get_static_pad("src").add_probe(Gst.PadProbeType.EVENT_DOWNSTREAM, _choose)
        label.get_static_pad("src").add_probe(Gst.PadProbeType.BUFFER, _thin_out)

    do_get_property = Configured.do_get_property
    do_set_property = Configured.do_set_property

    def decode(self, pad: Gst.Pad, caps: Gst.Caps) -> None:
        """Put the decoder for these caps between the input and the converter; an unknown stream is an error."""
        structure = caps.get_structure(0)
        kind = structure.get_name()
        if kind == self._kind:
            return
        names = MPEG.get(structure.get_int("mpegversion")[1], ()) if kind == "video/mpeg" else SOFTWARE.get(kind, ())
        try:
            decoder = first_installed(names)
        except LookupError as problem:
            fail(self, f"{self.get_name()} cannot decode {kind}: {problem}", "Install gstreamer1.0-libav.")
            return
        if self._decoder is not None:
            self._decoder.set_state(Gst.State.NULL)
            self.remove(self._decoder)
        self._decoder, self._kind = decoder, kind
        self.add(decoder)
        decoder.link(self._converter)
        pad.link(decoder.get_static_pad("sink"))
        decoder.sync_state_with_parent()


def _choose(pad: Gst.Pad, info: Gst.PadProbeInfo) -> Gst.PadProbeReturn:
    event = info.get_event()
    if event.type == Gst.EventType.CAPS:
        pad.get_parent_element().get_parent().decode(pad, event.parse_caps())
    return Gst.PadProbeReturn.OK


def _thin_out(pad: Gst.Pad, _info: Gst.PadProbeInfo) -> Gst.PadProbeReturn:
    """`drop-frame-interval=5`: every fifth frame is given, the others are dropped."""
    decoder: Any = pad.get_parent_element().get_parent()
    interval = decoder.values["drop-frame-interval"]
    decoder.count += 1
    keep = interval <= 1 or (decoder.count - 1) % interval == 0
    return Gst.PadProbeReturn.OK if keep else Gst.PadProbeReturn.DROP


class NvV4l2Decoder(_Decoder):
    """The video decoder that decodebin and uridecodebin choose."""

    __gtype_name__ = "GstNvV4l2Decoder"
    __gstmetadata__ = metadata(
        "NVIDIA v4l2 video decoder", "Codec/Decoder/Video/Hardware", "Decode video streams via V4L2 API"
    )
    __gsttemplates__ = (
        template("src", f"video/x-raw({NVMM})"),
        template(
            "sink",
            "image/jpeg; video/x-h264, stream-format=(string){ byte-stream }, alignment=(string){ au }; "
            "video/x-h265, stream-format=(string){ byte-stream }, alignment=(string){ au }; "
            "video/mpeg, mpegversion=(int)4, systemstream=(boolean)false, parsed=(boolean)true; "
            "video/mpeg, mpegversion=(int)[ 1, 2 ], systemstream=(boolean)false, parsed=(boolean)true; "
            "video/x-vp8; video/x-vp9; video/x-av1, alignment=(string)frame",
        ),
    )
    PROPERTIES = DECODER
    __gproperties__ = declare(DECODER)
    do_get_property = Configured.do_get_property
    do_set_property = Configured.do_set_property


class NvJpegDec(_Decoder):
    """Single images and motion JPEG."""

    __gtype_name__ = "GstNvJpegDec"
    __gstmetadata__ = metadata("JPEG image decoder", "Codec/Decoder/Image", "Decode images from JPEG format")
    __gsttemplates__ = (
        template("src", f"video/x-raw({NVMM})"),
        template("sink", "image/jpeg"),
    )
    PROPERTIES = DECODER
    __gproperties__ = declare(DECODER)
    do_get_property = Configured.do_get_property
    do_set_property = Configured.do_set_property
