"""What a video is, before a pipeline is made for it."""

from dataclasses import dataclass
from typing import Any

from gi.repository import GLib, Gst, GstPbutils

from azda_runtime.gst.errors import PipelineError


@dataclass(frozen=True, kw_only=True, slots=True)
class Video:
    """A video's properties.

    Attributes:
        width: In pixels.
        height: In pixels.
        duration: In nanoseconds; 0 for a camera and for a still image.
        still: Whether it is a single image, in any format that the decoders have.
    """

    width: int
    height: int
    duration: int
    still: bool = False


def discover(address: str, shown: str, *, seconds: int) -> Video:
    """Look at a file or a camera.

    Args:
        address: A ``file://`` or ``rtsp://`` address, with credentials where they are needed.
        shown: What an error calls it.
        seconds: How long to wait for it.

    Raises:
        PipelineError: It cannot be opened in that time, or holds no video that can be decoded.
    """
    try:
        info = GstPbutils.Discoverer.new(seconds * Gst.SECOND).discover_uri(address)
    except GLib.Error as error:
        message = str(error.message).replace(address, shown).rstrip(".")
        raise PipelineError(f"{shown} cannot be opened: {message}.", hint=_hint(address)) from None
    result = info.get_result()
    streams = info.get_video_streams()
    if result == GstPbutils.DiscovererResult.TIMEOUT:
        raise PipelineError(f"{shown} gave no video within {seconds} seconds.", hint=_hint(address))
    if not streams:
        missing = "; ".join(info.get_missing_elements_installer_details()) if _lacks(result) else ""
        reported = f" (GStreamer lacks: {missing})" if missing else ""
        raise PipelineError(f"{shown} holds no video that can be decoded{reported}.", hint=_hint(address))
    first: Any = streams[0]
    duration = 0 if first.is_image() or info.get_live() else info.get_duration()
    if duration == Gst.CLOCK_TIME_NONE:
        duration = 0
    still = bool(first.is_image())
    return Video(width=first.get_width(), height=first.get_height(), duration=duration, still=still)


def _lacks(result: Any) -> bool:
    return bool(result == GstPbutils.DiscovererResult.MISSING_PLUGINS)


def _hint(address: str) -> str:
    if address.startswith("file:"):
        return (
            "Check that it is a whole video, or a PNG, JPEG or WebP image; gstreamer1.0-plugins-good, -plugins-bad and "
            "gstreamer1.0-libav decode most."
        )
    return "Check the address, the user name and the password, and that the camera is on."
