"""Which passthrough pipelines may run: those that write no file, read no folder of the system and send to no host.

A pipeline's text is held against lists of what is harmless, here; the elements that GStreamer made of it are held
against the same lists before it starts (gst/passthrough.py), and so is each element that joins while it plays.
"""

import re
from collections.abc import Callable, Mapping
from enum import Enum

from azda_runtime.problems import InvalidValueError, shown
from azda_runtime.settings.launch_text import Token, TokenKind, tokens
from azda_runtime.settings.locations import closed, file_path, is_closed, split_address, video_device, video_file
from azda_runtime.settings.passthrough_elements import ELEMENTS
from azda_runtime.settings.passthrough_numbers import NUMBERS

READ_HINT = "Read with `urisourcebin uri=file:///…`, rtspsrc or playbin; recordings are the runtime's own work."
LISTS_HINT = "docs/runtime.md names the elements and properties that a passthrough pipeline may use."

_STREAMS = {"rtsp", "rtsps", "rtspt", "rtspu", "rtsph", "http", "https"}
_LIBRARIES = "/opt/nvidia/"  # code that an element loads is NVIDIA's own
_DEEPEST = 4
_DOWNLOADS = 0x80  # GstPlayFlags: what playbin downloads it writes into a file


class PropertyKind(Enum):
    """What a property holds, and so what is looked at."""

    HARMLESS = "harmless"
    ADDRESS = "address"
    PATH = "path"
    LOCATION = "location"
    """An address or a path: filesrc's and rtspsrc's have one name."""
    LIBRARY = "library"
    DEVICE = "device"
    HOST = "host"
    PIPELINE = "pipeline"
    """Elements, in the same notation."""
    PLAY_FLAGS = "flags"
    SEVERAL_PASSES = "pass"


_TEXTS = (
    "name text font-desc time-format datetime-format src-crop dest-crop operate-on-class-ids infer-on-class-ids "
    "filter-out-class-ids blur-on-gie-class-ids clock-font target-unique-ids qp-range sub-batches user-id user-pw "
    "user-agent port-range address pixel-aspect-ratio sprop-parameter-sets subtitle-encoding subtitle-font-desc "
    "boundary encoder metadatacreator writing-app format sei-uuid "
    "caps filter-caps force-caps sink-caps reference-timestamp-caps render-rectangle mix-matrix extra-controls"
)
_KINDS: Mapping[str, PropertyKind] = {
    **dict.fromkeys((*NUMBERS, *_TEXTS.split()), PropertyKind.HARMLESS),
    **dict.fromkeys(("uri", "suburi"), PropertyKind.ADDRESS),
    **dict.fromkeys(
        ("config-file", "config-file-path", "config", "ll-config-file", "model-engine-file"), PropertyKind.PATH
    ),
    **dict.fromkeys(("video-sink", "audio-sink", "text-sink", "video-filter", "audio-filter"), PropertyKind.PIPELINE),
    "location": PropertyKind.LOCATION,
    "ll-lib-file": PropertyKind.LIBRARY,
    "device": PropertyKind.DEVICE,
    "host": PropertyKind.HOST,
    "flags": PropertyKind.PLAY_FLAGS,
    "pass": PropertyKind.SEVERAL_PASSES,
}


def passthrough(text: str) -> str:
    """Check a pipeline that the user wrote.

    Raises:
        InvalidValueError: It cannot be read, or it uses an element, a property or a place that is not known to be
            harmless.
    """
    _check_text(text, depth=0)
    return text


def allowed_element(name: str) -> None:
    """Refuse an element, by the name of its factory, that is not on the list.

    Raises:
        InvalidValueError: It is not.
    """
    if name not in ELEMENTS:
        hint = READ_HINT if re.search(r"sink|src", name) else LISTS_HINT
        raise InvalidValueError(f"A passthrough pipeline may not use {shown_name(name)}.", hint=hint)


def allowed_property(name: str, value: str) -> PropertyKind:
    """Refuse a property that is not on the list, or a value that leads where it may not.

    Args:
        name: The property's own name.
        value: As text.

    Returns:
        What it holds.

    Raises:
        InvalidValueError: It is not allowed.
    """
    kind = _KINDS.get(name)
    if kind is None:
        raise InvalidValueError(f"A passthrough pipeline may not set the property {shown_name(name)}.", hint=LISTS_HINT)
    check = _CHECKS.get(kind)
    if check is not None:
        check(value)
    return kind


def address(value: str) -> str:
    """Check an address that is read; returns the host, empty for a file.

    Raises:
        InvalidValueError: It leads to a folder of the system, or to nothing that video comes from.
    """
    if "\\" in value or not value.isprintable():  # Python and GStreamer would not agree on where it leads
        raise InvalidValueError("An address of the passthrough pipeline cannot be read.", hint=READ_HINT)
    parts = split_address(value)
    scheme = parts.scheme.lower()
    if scheme == "file":
        video_file(parts)
        return ""
    if scheme in _STREAMS and parts.hostname:
        return parts.hostname
    raise InvalidValueError(
        f"A passthrough pipeline may not read from {shown_name(scheme or 'that')} addresses.", hint=READ_HINT
    )


def location(value: str) -> str:
    """Check an address or the path of a file; returns the host, empty for a file.

    Raises:
        InvalidValueError: It may not be read.
    """
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", value):
        return address(value)
    readable_path(value)
    return ""


def readable_path(value: str) -> str:
    """Check the path of a file; one that is relative may stand in any folder, also in the root.

    Raises:
        InvalidValueError: It may not be read.
    """
    normal = file_path(value)
    if is_closed(f"/{normal.lstrip('/')}"):
        raise closed(value)
    return normal


def hosts_of(text: str) -> frozenset[str]:
    """The hosts that a pipeline names itself; the text has been checked."""
    found: set[str] = set()
    for token in tokens(text):
        kind = _KINDS.get(_own_name(token.name))
        if token.kind is TokenKind.ADDRESS or kind in (PropertyKind.ADDRESS, PropertyKind.LOCATION):
            found.add(location(token.value))
        elif kind is PropertyKind.HOST:
            found.add(token.value.lower())
        elif kind is PropertyKind.PIPELINE:
            found |= hosts_of(token.value)
    return frozenset(found - {""})


def shown_name(name: str) -> str:
    """A name as it stands, where it is one, else in quotes."""
    return name if re.fullmatch(r"[A-Za-z0-9_:-]{1,80}", name) else shown(name)


def _check_text(text: str, depth: int) -> None:
    if depth > _DEEPEST:
        raise InvalidValueError("The passthrough pipeline holds pipelines too deeply.", hint=LISTS_HINT)
    for token in tokens(text):
        _check_token(token, depth)


def _check_token(token: Token, depth: int) -> None:
    if token.kind is TokenKind.ELEMENT:
        allowed_element(token.name)
    elif token.kind is TokenKind.ADDRESS:
        location(token.value)
    elif token.kind is TokenKind.ASSIGNMENT:
        kind = allowed_property(_own_name(token.name), token.value)
        if kind is PropertyKind.PIPELINE:
            _check_text(token.value, depth + 1)


def _own_name(name: str) -> str:
    """A property's name without those of the child and the pad whose it is: `sink_0::xpos`."""
    return name.rpartition("::")[2]


def _library(value: str) -> None:
    if not file_path(value).startswith(_LIBRARIES):
        raise InvalidValueError(
            f"A passthrough pipeline may not load the library {shown(value)}.", hint=f"Name one below {_LIBRARIES}."
        )


def _play_flags(value: str) -> None:
    number = int(value, 0) if re.fullmatch(r"0[xX][0-9a-fA-F]{1,8}|[0-9]{1,9}", value) and not _octal(value) else None
    downloads = "download" in value.lower() if number is None else number & _DOWNLOADS
    if downloads or (number is None and not re.fullmatch(r"[A-Za-z0-9+ _-]*", value)):
        raise InvalidValueError("A passthrough pipeline may not download into a file.", hint="Drop it from `flags`.")


def _octal(value: str) -> bool:
    return len(value) > 1 and value[0] == "0" and value[1] not in "xX"


def _pass(value: str) -> None:
    if not re.fullmatch(r"(?i)cbr|quant|qual|0|4|5", value):
        raise InvalidValueError(
            "A passthrough pipeline may not encode in several passes: they keep a file.",
            hint="Write pass=cbr, quant or qual.",
        )


_CHECKS: Mapping[PropertyKind, Callable[[str], object]] = {
    PropertyKind.ADDRESS: location,
    PropertyKind.PATH: readable_path,
    PropertyKind.LOCATION: location,
    PropertyKind.LIBRARY: _library,
    PropertyKind.DEVICE: video_device,
    PropertyKind.PLAY_FLAGS: _play_flags,
    PropertyKind.SEVERAL_PASSES: _pass,
}
