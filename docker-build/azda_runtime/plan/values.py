"""What a plan is made of."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any


@dataclass(frozen=True, slots=True)
class Secret:
    """A property's value that is never shown.

    Attributes:
        value: What the element gets.
        shown: What a log or a golden gets.
    """

    value: str = field(repr=False)
    shown: str


Value = str | int | bool | Secret


@dataclass(frozen=True, kw_only=True, slots=True)
class Element:
    """One GStreamer element.

    Attributes:
        name: Unique in the plan.
        factory: What makes it.
        properties: In the order in which they are set.
    """

    name: str
    factory: str
    properties: tuple[tuple[str, Value], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """From one element to another.

    Attributes:
        source: The element whose output goes on.
        sink: The element that takes it.
        sink_pad: Which of its request pads, empty for its only one.
        late: Whether the source has its pad only once it knows its stream; the first with video is taken.
    """

    source: str
    sink: str
    sink_pad: str = ""
    late: bool = False


class ProbeRole(Enum):
    """What happens at a probe."""

    PRIMARY_PARSER = "primary parser"
    MESSAGES = "messages"


@dataclass(frozen=True, kw_only=True, slots=True)
class Probe:
    """A place where buffers are looked at: an element's source pad."""

    element: str
    role: ProbeRole


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What one process runs.

    Attributes:
        pipeline: The pipeline's id.
        elements: In the order of the data's flow.
        links: Between them.
        probes: Where metadata is read and written.
        picture: The tee that carries the encoded video, where recordings start; empty when no video is encoded.
        launch: A pipeline in GStreamer's own notation, in place of all others.
    """

    pipeline: str
    elements: tuple[Element, ...] = ()
    links: tuple[Link, ...] = ()
    probes: tuple[Probe, ...] = ()
    picture: str = ""
    launch: str = ""

    def as_json(self) -> dict[str, Any]:
        """The plan as plain data, without its secrets."""
        return {
            "pipeline": self.pipeline,
            "launch": self.launch,
            "elements": [
                {"name": e.name, "factory": e.factory, **{k: _plain(v) for k, v in e.properties}} for e in self.elements
            ],
            "links": [_arrow(link) for link in self.links],
            "probes": {p.role.value: p.element for p in self.probes},
            "picture": self.picture,
        }


def _plain(value: Value) -> str | int | bool:
    return value.shown if isinstance(value, Secret) else value


def _arrow(link: Link) -> str:
    sink = f"{link.sink}.{link.sink_pad}" if link.sink_pad else link.sink
    return f"{link.source} {'~' if link.late else '-'}> {sink}"
