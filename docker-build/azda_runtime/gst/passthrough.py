"""A pipeline that somebody wrote in a twin, made and looked at before it may start.

Its text was checked when the settings were read. Here is what it came to: the elements that GStreamer made of it, those
inside of bins and properties included, are looked at one by one.
"""

from collections.abc import Iterator
from typing import Any

from gi.repository import GLib, GObject, Gst

from azda_runtime.gst.errors import PipelineError
from azda_runtime.problems import InvalidValueError
from azda_runtime.settings.locations import opened, refused_factory

_HINT = "Read with `urisourcebin uri=file:///…` or playbin; recordings are the runtime's own work."
_NAMES_A_PLACE = ("location", "uri", "file", "path", "dir")


def parsed(text: str) -> Any:
    """Make a passthrough pipeline, in the state NULL.

    Raises:
        PipelineError: It cannot be made.
        InvalidValueError: It would write a file, take an open descriptor, or read where the system's secrets are.
    """
    try:
        made = Gst.parse_launch(text)
    except GLib.Error as error:
        raise PipelineError(
            f"The passthrough pipeline cannot be made: {error.message}.",
            hint="Try it with gst-launch-1.0 inside the image.",
        ) from None
    for element in _all_in(made):
        _check(element)
    if isinstance(made, Gst.Pipeline):
        return made
    pipeline = Gst.Pipeline.new(None)
    pipeline.add(made)
    return pipeline


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


def _check(element: Any) -> None:
    factory = element.get_factory()
    if factory is None:  # a plain bin
        return
    name, kind = factory.get_name(), factory.get_metadata("klass") or ""
    writes = "Sink" in kind.split("/") and "File" in kind.split("/")
    if writes or refused_factory(name):
        raise InvalidValueError(f"A passthrough pipeline may not use {name}.", hint=_HINT)
    for known in element.list_properties():
        if known.value_type.name != "gchararray" or not known.flags & GObject.ParamFlags.READABLE:
            continue
        value = element.get_property(known.name)
        if value and value != known.default_value and any(word in known.name for word in _NAMES_A_PLACE):
            opened(value)
