"""Frames as numpy arrays and GStreamer's own converter over them: colour, format, scale, crop and border in one C pass.

A surface is a uint8 array: `(height, width, channels)` for packed formats, `(height * 3 // 2, width)` for NV12 and I420
(the luma rows, then the chroma rows), `(height, width)` for GRAY8. Rows may be padded: the array's stride is honoured.
"""

import ctypes
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from gi.repository import Gst
from numpy.typing import NDArray

from simulator.inference.planar import colour_matrix, interleave
from simulator.support import capi
from simulator.support.capi import ADDRESS

Surface = NDArray[np.uint8]
Rectangle = tuple[int, int, int, int]  # left, top, width, height in pixels; the origin is the top left corner

PLANES = 4
CHANNELS = {"RGBA": 4, "BGRx": 4, "RGBx": 4, "BGRA": 4, "RGB": 3, "BGR": 3}


class VideoInfo(ctypes.Structure):
    """GstVideoInfo of GStreamer 1.20 to 1.26 on 64-bit machines."""

    _fields_ = (
        ("finfo", ADDRESS),
        ("interlace_mode", ctypes.c_int),
        ("flags", ctypes.c_int),
        ("width", ctypes.c_int),
        ("height", ctypes.c_int),
        ("size", ctypes.c_size_t),
        ("views", ctypes.c_int),
        ("chroma_site", ctypes.c_int),
        ("colorimetry", ctypes.c_int * 4),
        ("par_n", ctypes.c_int),
        ("par_d", ctypes.c_int),
        ("fps_n", ctypes.c_int),
        ("fps_d", ctypes.c_int),
        ("offset", ctypes.c_size_t * PLANES),
        ("stride", ctypes.c_int * PLANES),
        ("_reserved", ADDRESS * PLANES),
    )


class MapInfo(ctypes.Structure):
    """GstMapInfo."""

    _fields_ = (
        ("memory", ADDRESS),
        ("flags", ctypes.c_int),
        ("data", ADDRESS),
        ("size", ctypes.c_size_t),
        ("maxsize", ctypes.c_size_t),
        ("user_data", ADDRESS * 4),
        ("_reserved", ADDRESS * 4),
    )


class VideoFrame(ctypes.Structure):
    """GstVideoFrame."""

    _fields_ = (
        ("info", VideoInfo),
        ("flags", ctypes.c_int),
        ("buffer", ADDRESS),
        ("meta", ADDRESS),
        ("id", ctypes.c_int),
        ("data", ADDRESS * PLANES),
        ("map", MapInfo * PLANES),
        ("_reserved", ADDRESS * PLANES),
    )


capi.declare(capi.video, "gst_video_info_from_caps", ctypes.c_int, ADDRESS, ADDRESS)  # one table of C functions
capi.declare(capi.video, "gst_video_frame_map", ctypes.c_int, ADDRESS, ADDRESS, ADDRESS, ctypes.c_int)
capi.declare(capi.video, "gst_video_frame_unmap", None, ADDRESS)
capi.declare(capi.video, "gst_video_converter_new", ADDRESS, ADDRESS, ADDRESS, ADDRESS)
capi.declare(capi.video, "gst_video_converter_free", None, ADDRESS)
capi.declare(capi.video, "gst_video_converter_frame", None, ADDRESS, ADDRESS, ADDRESS)
capi.declare(capi.video, "gst_video_resampler_method_get_type", ctypes.c_size_t)

capi.declare(capi.video, "gst_video_color_matrix_get_Kr_Kb", ctypes.c_int, ctypes.c_int, ADDRESS, ADDRESS)

MAP_READ, MAP_WRITE = 1, 2
FULL_RANGE = 1
"""GST_VIDEO_COLOR_RANGE_0_255."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """The format and size of a surface, with GStreamer's description of it.

    Attributes:
        format: GStreamer's name, such as NV12 or RGBA.
        width: In pixels.
        height: In pixels.
        colorimetry: GStreamer's text, such as bt709; empty for GStreamer's default for the size.
    """

    format: str
    width: int
    height: int
    colorimetry: str = ""

    @classmethod
    def from_caps(cls, caps: Gst.Caps) -> "Layout":
        """Read fixed raw video caps."""
        fields = caps.get_structure(0)
        return cls(
            format=fields.get_string("format"),
            width=fields.get_int("width")[1],
            height=fields.get_int("height")[1],
            colorimetry=fields.get_string("colorimetry") or "",
        )

    @property
    def whole(self) -> Rectangle:
        """All of a surface."""
        return 0, 0, self.width, self.height

    def info(self) -> VideoInfo:
        """A fresh GstVideoInfo in GStreamer's default memory layout."""
        copy = VideoInfo()
        ctypes.pointer(copy)[0] = _info(self)
        return copy

    def empty(self) -> Surface:
        """A surface of this layout with undefined contents; rows are padded to four bytes as GStreamer pads them."""
        if self.format in CHANNELS:
            return np.empty((self.height, self.width, CHANNELS[self.format]), np.uint8)
        stride = (self.width + 3) & ~3
        if self.format == "GRAY8":
            return np.empty((self.height, stride), np.uint8)[:, : self.width]
        rows = (self.height + 1) // 2 * 3
        if self.format == "I420":
            stride = (self.width + 7) & ~7  # so that a chroma row is exactly half a luma row
        return np.empty((rows, stride), np.uint8)[:, : self.width]

    def frame(self, surface: Surface) -> VideoFrame:
        """Describe a surface of this layout as a GstVideoFrame; the surface must outlive it."""
        frame = VideoFrame(info=self.info())
        first, stride = surface.ctypes.data, surface.strides[0]
        luma = (self.height + 1) // 2 * 2 * stride
        if self.format == "I420":
            starts, strides = [0, luma, luma + luma // 4], [stride, stride // 2, stride // 2]
        elif self.format == "NV12":
            starts, strides = [0, luma], [stride, stride]
        else:
            starts, strides = [0], [stride]
        for plane, (start, row) in enumerate(zip(starts, strides, strict=True)):
            frame.data[plane] = first + start
            frame.info.offset[plane], frame.info.stride[plane] = start, row
        return frame


@lru_cache(maxsize=256)
def _info(layout: Layout) -> VideoInfo:
    colours = f", colorimetry=(string){layout.colorimetry}" if layout.colorimetry else ""
    caps = Gst.Caps.from_string(
        f"video/x-raw, format=(string){layout.format}, width={layout.width}, height={layout.height}, "
        f"framerate=30/1{colours}"
    )
    info = VideoInfo()
    if not capi.video.gst_video_info_from_caps(ctypes.byref(info), hash(caps)):
        raise ValueError(f"GStreamer does not know video of {layout.width}x{layout.height} in format {layout.format}.")
    return info


@lru_cache(maxsize=64)
def matrix_of(layout: Layout) -> NDArray[np.float32]:
    """The colour matrix of a YUV layout, shape (3, 4): the one that `Converter` applies too."""
    coloured, matrix = layout.info().colorimetry[:2]
    red, blue = ctypes.c_double(), ctypes.c_double()
    if not capi.video.gst_video_color_matrix_get_Kr_Kb(matrix, ctypes.byref(red), ctypes.byref(blue)):
        raise ValueError(f"GStreamer knows no colour matrix for {layout}.")
    return colour_matrix(red.value, blue.value, full_range=coloured == FULL_RANGE)


class MappedFrame:
    """A GstBuffer with one system memory frame, mapped while the context lasts."""

    def __init__(self, address: int, layout: Layout, flags: int = MAP_READ) -> None:
        self._address, self._info, self._flags = address, layout.info(), flags
        self._frame = VideoFrame()

    def __enter__(self) -> VideoFrame:
        mapped = capi.video.gst_video_frame_map(
            ctypes.byref(self._frame), ctypes.byref(self._info), self._address, self._flags
        )
        if not mapped:
            raise ValueError("A buffer does not hold the video frame that its caps promise.")
        return self._frame

    def __exit__(self, *_: object) -> None:
        capi.video.gst_video_frame_unmap(ctypes.byref(self._frame))


class Converter:
    """Converts frames from one layout to another; cheap to call, made once per geometry.

    Args:
        source: Layout of the frames that come.
        target: Layout of the frames that go.
        crop: The part of the source that is taken; all of it when None.
        place: Where in the target it goes; all of it when None. The rest is painted with `border`.
        nearest: Take the nearest pixel instead of interpolating.
        border: ARGB of what `place` leaves free; None leaves those pixels as they are.
    """

    def __init__(  # noqa: PLR0913 # one geometry
        self,
        source: Layout,
        target: Layout,
        *,
        crop: Rectangle | None = None,
        place: Rectangle | None = None,
        nearest: bool = False,
        border: int | None = 0xFF000000,
    ) -> None:
        capi.video.gst_video_resampler_method_get_type()
        fields = [f"resampler-method=(GstVideoResamplerMethod){'nearest' if nearest else 'linear'}"]
        for side, rectangle in (("src", crop), ("dest", place)):
            if rectangle is not None:
                names = (f"{side}-x", f"{side}-y", f"{side}-width", f"{side}-height")
                fields += [f"{name}=(int){value}" for name, value in zip(names, rectangle, strict=True)]
        fields.append("fill-border=(boolean)false" if border is None else f"border-argb=(uint){border}")
        text = "GstVideoConverter, " + ", ".join(f"GstVideoConverter.{field}" for field in fields) + ";"
        self._infos = source.info(), target.info()
        whole = crop in (None, source.whole) and place in (None, target.whole)
        self._repacks = (source.format, target.format) == ("I420", "NV12") and whole and _same_pixels(*self._infos)
        self._converter = capi.video.gst_video_converter_new(
            ctypes.byref(self._infos[0]),
            ctypes.byref(self._infos[1]),
            capi.gst.gst_structure_from_string(text.encode(), None),
        )
        if not self._converter:
            raise ValueError(f"GStreamer cannot convert {source} to {target}.")

    def __call__(self, source: VideoFrame, target: VideoFrame) -> None:
        """Convert one frame into memory that the caller provides."""
        if self._repacks:
            _repack(source, target)
            return
        capi.video.gst_video_converter_frame(self._converter, ctypes.byref(source), ctypes.byref(target))

    def __del__(self) -> None:
        if getattr(self, "_converter", None):
            capi.video.gst_video_converter_free(self._converter)


def _same_pixels(source: VideoInfo, target: VideoInfo) -> bool:
    """Whether two descriptions differ in nothing but where in memory a pixel's parts are."""
    names = ("width", "height", "chroma_site", "interlace_mode")
    same = all(getattr(source, name) == getattr(target, name) for name in names)
    return same and list(source.colorimetry) == list(target.colorimetry)


def _repack(source: VideoFrame, target: VideoFrame) -> None:
    """I420 to NV12: what most decoders' frames go through, in a sixth of the time of GStreamer's converter."""
    width, height = source.info.width, source.info.height
    half = ((height + 1) // 2, (width + 1) // 2)
    np.copyto(_plane(target, 0, (height, width)), _plane(source, 0, (height, width)))
    interleave(_plane(source, 1, half), _plane(source, 2, half), _plane(target, 1, (*half, 2)))


def _plane(frame: VideoFrame, index: int, shape: tuple[int, ...]) -> Surface:
    """A plane of a mapped frame as an array; it must not outlive the frame."""
    stride = frame.info.stride[index]
    memory = (ctypes.c_ubyte * (stride * shape[0])).from_address(frame.data[index])
    pixel = (shape[2], 1) if shape[2:] else (1,)
    return np.ndarray(shape, np.uint8, memory, strides=(stride, *pixel))


class Converters:
    """The converters of one element, found again by their geometry; the oldest go when there are many."""

    def __init__(self, most: int = 64) -> None:
        self._most = most
        self._made: dict[Any, Converter] = {}

    def get(self, source: Layout, target: Layout, **options: Any) -> Converter:
        """Return the converter for a geometry; the options are Converter's."""
        key = (source, target, tuple(sorted(options.items())))
        found = self._made.get(key)
        if found is None:
            if len(self._made) >= self._most:
                del self._made[next(iter(self._made))]
            found = self._made[key] = Converter(source, target, **options)
        return found
