"""What all elements share: properties with their refusals, errors of one sentence, caps helpers."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from gi.repository import GLib, GObject, Gst

from simulator.errors import SimulatorError
from simulator.support import capi, usage
from simulator.support.properties import Property, defaults, refused

NVMM = "memory:NVMM"
AUTHOR = "azdacli"


class Configured:
    """Mix-in: the properties of an element's table, kept in `values` under NVIDIA's names."""

    PROPERTIES: ClassVar[tuple[Property, ...]] = ()
    values: dict[str, Any]

    def configure(self) -> None:
        """Start from NVIDIA's defaults; called first in `__init__`."""
        self.values = defaults(self.PROPERTIES)
        self.set_by_user: set[str] = set()
        usage.note_element(type(self).__name__.lower())
        capi.make_floating(self)

    def do_get_property(self, spec: GObject.ParamSpec) -> Any:
        return self.values[spec.name]

    def do_set_property(self, spec: GObject.ParamSpec, value: Any) -> None:
        plain = int(value) if isinstance(value, int) and not isinstance(value, bool) else value
        self.values[spec.name] = plain
        self.set_by_user.add(spec.name)
        usage.note_property(type(self).__name__.lower(), spec.name, self.PROPERTIES)
        self.property_changed(spec.name, plain)

    def property_changed(self, name: str, value: Any) -> None:
        """React to a change at run time; the default does nothing."""

    def check_properties(self) -> bool:
        """Post an element error for each property that is set to something that is not simulated."""
        names = refused(self.PROPERTIES, self.values)
        for name in names:
            fail(
                self,
                f"{name}={self.values[name]} is not simulated on a CPU.",
                "Leave the property at its default here, or run on NVIDIA hardware.",
            )
        return not names


def fail(
    element: Any, sentence: str, hint: str = "", *, domain: str = "gst-library-error-quark", code: int = 5
) -> None:
    """Post an error message from an element: one sentence, and a hint as its debug text.

    Args:
        element: The element that failed.
        sentence: What is wrong.
        hint: What to do about it.
        domain: GStreamer's error domain; the default with code 5 is LIBRARY/SETTINGS.
        code: The code in that domain.
    """
    error = GLib.Error.new_literal(GLib.quark_from_string(domain), sentence, code)
    element.post_message(Gst.Message.new_error(element, error, hint))


def stream_failed(element: Any, sentence: str, hint: str = "") -> None:
    """Post an error about the data that flows (STREAM/FAILED)."""
    fail(element, sentence, hint, domain="gst-stream-error-quark", code=1)


def guarded(work: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Turn an exception in a streaming function into an element error and FlowReturn.ERROR."""

    def run(element: Any, argument: Any) -> Any:
        try:
            return work(element, argument)
        except Exception as problem:  # noqa: BLE001 # an exception must never leave a streaming thread: it would be printed and lost
            stream_failed(element, describe(problem), getattr(problem, "hint", "") or "")
            return Gst.FlowReturn.ERROR

    return run


def describe(problem: BaseException) -> str:
    """One sentence for an exception: its own text, with the type where the text alone says little; without its hint."""
    words = problem.message if isinstance(problem, SimulatorError) else str(problem).strip()
    return words if len(words.split()) > 2 else f"{type(problem).__name__}: {words}"  # noqa: PLR2004 # a name or number is not a sentence


def metadata(long_name: str, kind: str, description: str) -> tuple[str, str, str, str]:
    """The class attribute `__gstmetadata__`."""
    return (long_name, kind, description, AUTHOR)


def formats(names: Iterable[str], *, nvmm: bool) -> str:
    """Caps text for raw video in `names`, with or without the memory:NVMM label."""
    feature = f"({NVMM})" if nvmm else ""
    listed = ", ".join(names)
    return (
        f"video/x-raw{feature}, format=(string){{ {listed} }}, width=[1,2147483647], height=[1,2147483647], "
        "framerate=[0/1,2147483647/1]"
    )


def template(name: str, caps: str, *, presence: Gst.PadPresence = Gst.PadPresence.ALWAYS) -> Gst.PadTemplate:
    """A pad template; the direction follows from the name (`sink…` or `…src…`)."""
    direction = Gst.PadDirection.SINK if name.startswith("sink") else Gst.PadDirection.SRC
    return Gst.PadTemplate.new(name, direction, presence, Gst.Caps.from_string(caps))


def both_ways(caps: str) -> tuple[Gst.PadTemplate, Gst.PadTemplate]:
    """The templates of an element that takes and gives the same caps."""
    return template("src", caps), template("sink", caps)


def template_of(element: Any, name: str) -> Gst.PadTemplate:
    """The pad template that an element's class declares.

    Inside `__init__` GStreamer's own look-up sees the class of the innermost Python base, which has none.
    """
    return next(each for each in type(element).__gsttemplates__ if each.name_template == name)


def is_nvmm(caps: Gst.Caps) -> bool:
    """Whether fixed caps carry the memory:NVMM label."""
    return bool(caps.get_features(0).contains(NVMM))


def caps_of(structure: Gst.Structure, *, nvmm: bool) -> Gst.Caps:
    """Caps of one structure, with or without the memory:NVMM label."""
    caps = Gst.Caps.new_empty()
    features = Gst.CapsFeatures.from_string(NVMM) if nvmm else None
    caps.append_structure_full(structure, features)
    return caps


def make(factory: str, values: Mapping[str, Any] | None = None) -> Gst.Element:
    """Make an element that the distribution provides.

    Raises:
        LookupError: It is not installed; the text names it.
    """
    element = Gst.ElementFactory.make(factory, None)
    if element is None:
        raise LookupError(f"GStreamer's element {factory} is not installed.")
    for name, value in (values or {}).items():
        element.set_property(name, value)
    return element
