"""A pipeline that somebody wrote in a twin, made and looked at before it may start, and while it plays.

Its text was checked when the settings were read. Here is what it came to: the elements that GStreamer made of it, those
inside of bins and properties included, are held against the same lists one by one. What bins add while they play, a
source for an address or a decoder for what was found in it, is looked at before it may do anything.
"""

import os
from collections.abc import Iterator
from typing import Any

from gi.repository import GLib, GObject, Gst

from azda_runtime.files import real_path
from azda_runtime.gst.errors import PipelineError
from azda_runtime.problems import InvalidValueError, shown
from azda_runtime.settings.locations import file_path
from azda_runtime.settings.passthrough import (
    PropertyKind,
    allowed_element,
    allowed_property,
    hosts_of,
    passthrough,
)
from azda_runtime.settings.passthrough_elements import ELEMENTS, INTERNAL

HOSTS = "AZDA_PASSTHROUGH_HOSTS"

_CONTENT = {"Decoder", "Parser", "Demuxer"}
_ELSEWHERE = {"Network", "Adaptive", "Sink", "Source", "Src", "File"}
_SENDERS = {"udpsink", "tcpclientsink"}
# Made by the element itself of its other properties.
_DERIVED = {("udpsrc", "uri")}


def parsed(text: str) -> Any:
    """Make a passthrough pipeline, in the state NULL.

    Raises:
        PipelineError: It cannot be made.
        InvalidValueError: It uses something that is not known to be harmless, or a host that is not allowed.
    """
    passthrough(text)
    _leave_out_what_is_refused()
    guard = Guard(_allowed_hosts(os.environ.get(HOSTS, "")), hosts_of(text))
    try:
        made = Gst.parse_launch(text)
    except GLib.Error as error:
        raise PipelineError(
            f"The passthrough pipeline cannot be made: {error.message}.",
            hint="Try it with gst-launch-1.0 inside the image.",
        ) from None
    pipeline = made
    if not isinstance(made, Gst.Pipeline):
        pipeline = Gst.Pipeline.new(None)
        pipeline.add(made)
    for element in _all_in(made):
        guard.check(element)
    pipeline.connect("deep-element-added", guard.joins)
    return pipeline


class Guard:
    """Looks at the elements of one pipeline.

    Args:
        allowed: The hosts that the device allows, to read from and to send to; none means that what the pipeline itself
            names may be read, and nothing is sent.
        named: The hosts that the pipeline names itself.
    """

    def __init__(self, allowed: frozenset[str], named: frozenset[str]) -> None:
        self._allowed = allowed
        self._readable = allowed or named

    def check(self, element: Any) -> None:
        """Refuse an element that is not harmless.

        Raises:
            InvalidValueError: It is not, or one of its properties is not.
        """
        factory = element.get_factory()
        if factory is None:  # a plain bin
            return
        name = factory.get_name()
        if name not in INTERNAL or not _is_within(element):
            allowed_element(name)
        if name not in ELEMENTS:
            return  # the element that made it sets its properties
        fresh = factory.create(None)
        for known in element.list_properties():
            if known.flags & GObject.ParamFlags.READABLE and known.flags & GObject.ParamFlags.WRITABLE:
                self._check_property(element, fresh, known)

    def joins(self, pipeline: Any, _bin: Any, element: Any) -> None:
        """Look at an element that a bin adds by itself; one that is refused never leaves the state NULL."""
        try:
            self._check_joining(element)
        except InvalidValueError as refusal:
            element.set_locked_state(True)
            reported = GLib.Error.new_literal(Gst.CoreError.quark(), f"{refusal}\n{refusal.hint}", Gst.CoreError.FAILED)
            # Straight to the pipeline: decodebin keeps what the elements say that it tries.
            pipeline.get_bus().post(Gst.Message.new_error(element, reported, None))

    def _check_joining(self, element: Any) -> None:
        factory = element.get_factory()
        if factory is None:
            return
        name = factory.get_name()
        if name in _SENDERS and _is_within(element, "rtspsrc"):  # reports on what was received (RTCP)
            return
        if not _may_join(factory):
            allowed_element(name)
        for known in element.list_properties():
            if known.name in ("location", "uri", "host") and known.flags & GObject.ParamFlags.READABLE:
                self._check_property(element, factory.create(None), known)

    def _check_property(self, element: Any, fresh: Any, known: Any) -> None:
        """Look at a property that has another value than in an element that was just made."""
        factory = element.get_factory().get_name()
        if known.name in ("name", "parent") or (factory, known.name) in _DERIVED or _is_held(known):
            return
        value = element.get_property(known.name)
        # Formats and structures lead nowhere; the text that sets them has been checked.
        if not isinstance(value, (str, int, float)) or value == fresh.get_property(known.name):
            return
        if known.name == "clients":  # of udpsink, which makes it of its host and port
            for client in str(value).split(","):
                self._check_host(client.rpartition(":")[0], sends=True)
            return
        text = value if isinstance(value, str) else _as_text(value, known)
        kind = allowed_property(known.name, text)
        if kind in (PropertyKind.PATH, PropertyKind.LIBRARY):
            _check_real(text)
        elif kind in (PropertyKind.ADDRESS, PropertyKind.LOCATION):
            self._check_location(text)
        elif kind is PropertyKind.HOST:
            self._check_host(text, sends=factory in _SENDERS)

    def _check_location(self, text: str) -> None:
        hosts = hosts_of(f"fakesrc uri={_quoted(text)}")
        for host in hosts:
            self._check_host(host, sends=False)
        if not hosts:
            path = GLib.filename_from_uri(text)[0] if text[:5].lower() == "file:" else text
            _check_real(path)

    def _check_host(self, host: str, *, sends: bool) -> None:
        if host.lower() not in (self._allowed if sends else self._readable):
            what = "send to" if sends else "read from"
            raise InvalidValueError(
                f"A passthrough pipeline may not {what} the host {shown(host)}.",
                hint=f"Name the host in the module's variable {HOSTS}, with commas between several.",
            )


def _may_join(factory: Any) -> bool:
    """Whether bins may choose an element by themselves: what is listed, and what decodes or shows."""
    kinds = {word.strip() for word in (factory.get_metadata("klass") or "").split("/")}
    shows = "Sink" in kinds and kinds & {"Video", "Audio"} and not kinds & {"Network", "File", "Debug"}
    reads = kinds & _CONTENT and not kinds & _ELSEWHERE
    return bool(factory.get_name() in ELEMENTS | INTERNAL or shows or reads or "Depayloader" in kinds)


def _leave_out_what_is_refused() -> None:
    """Keep decodebin and its like from choosing other elements: a playlist would read any file of the device.

    They choose among the elements of a rank; what is made by its name, as in pipelines of ours, needs none.
    """
    for factory in Gst.Registry.get().get_feature_list(Gst.ElementFactory):
        if factory.get_rank() > Gst.Rank.NONE and not _may_join(factory):
            factory.set_rank(Gst.Rank.NONE)


def _allowed_hosts(text: str) -> frozenset[str]:
    return frozenset(host for each in text.split(",") if (host := each.strip().lower()))


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _check_real(path: str) -> None:
    """Refuse a link that leads into a folder of the system."""
    file_path(real_path(path))


def _as_text(value: Any, known: Any) -> str:
    if known.value_type.is_a(GObject.TYPE_ENUM):
        return str(value.value_nick)
    return str(int(value)) if known.value_type.is_a(GObject.TYPE_FLAGS) else str(value)


def _is_held(known: Any) -> bool:
    """Whether a property holds an element, which is looked at by itself."""
    return bool(known.value_type.is_a(Gst.Object))


def _is_within(element: Any, *factories: str) -> bool:
    """Whether an element was made by another one, by one of these factories where they are named."""
    parent = element.get_parent()
    while parent is not None:
        factory = parent.get_factory()
        name = factory.get_name() if factory else ""
        if name not in ("", "bin", "pipeline") and (not factories or name in factories):
            return True
        parent = parent.get_parent()
    return False


def _all_in(element: Any) -> Iterator[Any]:
    """An element with all that is inside of it, or that one of its properties holds."""
    yield element
    inner = list(element.iterate_elements()) if isinstance(element, Gst.Bin) else []
    for known in element.list_properties():
        if known.value_type.is_a(Gst.Element) and known.flags & GObject.ParamFlags.READABLE:
            inner.append(element.get_property(known.name))
    for each in inner:
        if each is not None:
            yield from _all_in(each)
