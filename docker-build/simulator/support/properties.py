"""NVIDIA's properties as data: a table per element, from which declaration, defaults and refusals follow.

Each property has one of three effects here:

* `SIMULATED`: the element does what NVIDIA's does.
* `PLACEMENT`: it says where or with how much memory a GPU works; results do not depend on it, so any value is taken.
* `REFUSED`: it changes results in a way that is not simulated; any value but the default is an element error.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from gi.repository import GObject

from simulator.support import capi

MAX_INT = 2**31 - 1
MAX_UINT = 2**32 - 1
MAX_INT64 = 2**63 - 1
MAX_UINT64 = 2**64 - 1


class Effect(Enum):
    """What a property does on a CPU."""

    SIMULATED = auto()
    PLACEMENT = auto()
    REFUSED = auto()


SIMULATED, PLACEMENT, REFUSED = Effect.SIMULATED, Effect.PLACEMENT, Effect.REFUSED


@dataclass(frozen=True, kw_only=True, slots=True)
class Property:
    """One property of an element.

    Attributes:
        name: NVIDIA's hyphenated name.
        kind: The GObject type.
        default: NVIDIA's default.
        bounds: Smallest and largest value of a number; empty for other kinds.
        effect: What it does on a CPU.
        readable: False where NVIDIA's property can only be written.
    """

    name: str
    kind: Any
    default: Any
    bounds: tuple[float, ...] = ()
    effect: Effect = SIMULATED
    readable: bool = True

    @property
    def blurb(self) -> str:
        """The description that gst-inspect-1.0 prints."""
        return {
            SIMULATED: f"{self.name}",
            PLACEMENT: f"{self.name} (accepted; says where a GPU works, which no result depends on)",
            REFUSED: f"{self.name} (not simulated: any value but the default is an error)",
        }[self.effect]

    def declaration(self) -> tuple[Any, ...]:
        """The tuple that PyGObject's `__gproperties__` wants."""
        flags = GObject.ParamFlags.READWRITE if self.readable else GObject.ParamFlags.WRITABLE
        if self.kind in (GObject.TYPE_POINTER, GObject.TYPE_PYOBJECT):
            return (self.kind, self.name, self.blurb, flags)
        return (self.kind, self.name, self.blurb, *self.bounds, self.default, flags)


def boolean(name: str, default: bool, effect: Effect = SIMULATED) -> Property:
    """A gboolean."""
    return Property(name=name, kind=GObject.TYPE_BOOLEAN, default=default, effect=effect)


def integer(
    name: str, default: int, effect: Effect = SIMULATED, *, bounds: tuple[int, int] = (-MAX_INT - 1, MAX_INT)
) -> Property:
    """A gint."""
    return Property(name=name, kind=GObject.TYPE_INT, default=default, bounds=bounds, effect=effect)


def unsigned(
    name: str, default: int, effect: Effect = SIMULATED, *, bounds: tuple[int, int] = (0, MAX_UINT)
) -> Property:
    """A guint."""
    return Property(name=name, kind=GObject.TYPE_UINT, default=default, bounds=bounds, effect=effect)


def unsigned64(name: str, default: int, effect: Effect = SIMULATED) -> Property:
    """A guint64."""
    return Property(name=name, kind=GObject.TYPE_UINT64, default=default, bounds=(0, MAX_UINT64), effect=effect)


def integer64(name: str, default: int, effect: Effect = SIMULATED) -> Property:
    """A gint64."""
    bounds = (-MAX_INT64 - 1, MAX_INT64)
    return Property(name=name, kind=GObject.TYPE_INT64, default=default, bounds=bounds, effect=effect)


def real(name: str, default: float, effect: Effect = SIMULATED, *, bounds: tuple[float, float]) -> Property:
    """A gfloat."""
    return Property(name=name, kind=GObject.TYPE_FLOAT, default=default, bounds=bounds, effect=effect)


def text(name: str, default: str | None = None, effect: Effect = SIMULATED) -> Property:
    """A string."""
    return Property(name=name, kind=GObject.TYPE_STRING, default=default, effect=effect)


def pointer(name: str, effect: Effect = REFUSED, *, readable: bool = True) -> Property:
    """A C pointer; no Python program can set one."""
    return Property(name=name, kind=GObject.TYPE_POINTER, default=None, effect=effect, readable=readable)


def choice(name: str, kind: Any, default: int, effect: Effect = SIMULATED) -> Property:
    """A value of an enumeration that `enumeration` registered."""
    return Property(name=name, kind=kind, default=default, effect=effect)


def enumeration(type_name: str, values: Sequence[tuple[int, str, str]]) -> Any:
    """Register NVIDIA's enumeration `(value, name, nick)` once per process and return its GType."""
    try:
        return GObject.GType.from_name(type_name)
    except RuntimeError:
        capi.register_enum(type_name, values)
        return GObject.GType.from_name(type_name)


def declare(properties: Iterable[Property]) -> dict[str, tuple[Any, ...]]:
    """Turn a table into the class attribute `__gproperties__`."""
    return {each.name: each.declaration() for each in properties}


def defaults(properties: Iterable[Property]) -> dict[str, Any]:
    """The values of a fresh element."""
    return {each.name: each.default for each in properties}


def refused(properties: Iterable[Property], values: Mapping[str, Any]) -> list[str]:
    """Names of the properties that were set to something that is not simulated."""
    return [
        each.name
        for each in properties
        if each.effect is REFUSED and values[each.name] not in (each.default, each.default or None)
    ]


MEMORY_TYPE = enumeration(
    "GstNvBufMemoryType",
    (
        (0, "Default memory allocated, specific to particular platform", "nvbuf-mem-default"),
        (1, "Allocate Pinned/Host cuda memory", "nvbuf-mem-cuda-pinned"),
        (2, "Allocate Device cuda memory", "nvbuf-mem-cuda-device"),
        (3, "Allocate Unified cuda memory", "nvbuf-mem-cuda-unified"),
        (4, "Allocate Surface Array memory", "nvbuf-mem-surface-array"),
    ),
)
COMPUTE_HARDWARE = enumeration(
    "GstNvComputeHWType",
    (
        (0, "Default, GPU on dGPU, VIC on Jetson", "Default"),
        (1, "GPU", "GPU"),
        (2, "VIC", "VIC"),
    ),
)
INTERPOLATION = enumeration(
    "GstInterpolationMethod",
    (
        (0, "Nearest", "Nearest"),
        (1, "Bilinear", "Bilinear"),
        (2, "GPU - Cubic, VIC - 5 Tap", "Algo-1"),
        (3, "GPU - Super, VIC - 10 Tap", "Algo-2"),
        (4, "GPU - Lanzcos, VIC - Smart", "Algo-3"),
        (5, "GPU - Ignored, VIC - Nicest", "Algo-4"),
        (6, "GPU - Nearest, VIC - Nearest", "Default"),
    ),
)

GPU_ID = unsigned("gpu-id", 0, PLACEMENT)
COMPUTE_HW = choice("compute-hw", COMPUTE_HARDWARE, 0, PLACEMENT)


def memory_type(default: int) -> Property:
    """`nvbuf-memory-type`, whose default depends on the element."""
    return choice("nvbuf-memory-type", MEMORY_TYPE, default, PLACEMENT)
