"""What is known about a value without running the program.

Three answers are possible to every question asked of a value: yes, no, and None for "cannot tell".
"""

import ast
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

# fmt: off
Kind = Literal[
    "unknown", "none", "bool", "int", "float", "str", "bytes", "complex", "list", "tuple", "set", "dict", "array",
    "function", "class", "instance", "module", "external", "generator", "union",
]
# fmt: on

_MANY = 8  # alternatives; with more of them nothing useful can be said
_SHOWN = 4096  # values within a value that are kept one by one: literals in literals would grow without end
UNSET: Final = object()


@dataclass(frozen=True, kw_only=True, slots=True)
class Value:
    """What is known about one value.

    Attributes:
        kind: What it is.
        items: The elements of a tuple, list or set whose length is known.
        element: What each element of a list, set or array is, as far as it is the same for all.
        constant: The value itself, where the source spells it out.
        node: The definition of a function or class.
        owner: The module that holds `node`, or that a module value is; None for foreign ones.
        bound: How many leading arguments a function already has.
        keywords: Names of arguments that a function already has.
        path: Dotted name of something that is imported from outside of the folder, as `numpy.zeros`.
        alternatives: The members of a union.
        maybe: Whether the name may turn out to be undefined.
        hidden: Names of enclosing functions that a function sees instead of the module's.
        weight: How many values it holds, itself included.
    """

    kind: Kind
    items: "tuple[Value, ...] | None" = None
    element: "Value | None" = None
    constant: Any = UNSET
    node: ast.AST | None = None
    owner: Any = None
    bound: int = 0
    keywords: frozenset[str] = frozenset()
    path: str = ""
    alternatives: "tuple[Value, ...]" = ()
    maybe: bool = False
    hidden: frozenset[str] = frozenset()
    weight: int = field(init=False, compare=False, default=1)

    def __post_init__(self) -> None:
        held = self.items if self.items is not None else () if self.element is None else (self.element,)
        object.__setattr__(self, "weight", 1 + sum(v.weight for v in held) + sum(v.weight for v in self.alternatives))

    @property
    def each(self) -> "tuple[Value, ...]":
        """The alternatives of a union, or the value alone."""
        return self.alternatives if self.kind == "union" else (self,)


UNKNOWN = Value(kind="unknown")
NONE = Value(kind="none", constant=None)
STRING = Value(kind="str")
INTEGER = Value(kind="int")
FLOAT = Value(kind="float")
BOOLEAN = Value(kind="bool")


def of_constant(value: object) -> Value:
    """Describe a literal."""
    kinds: dict[type, Kind] = {
        bool: "bool",
        int: "int",
        float: "float",
        str: "str",
        bytes: "bytes",
        complex: "complex",
    }
    if value is None:
        return NONE
    kind = kinds.get(type(value))
    return Value(kind=kind, constant=value) if kind else UNKNOWN


def sequence(kind: Kind, items: Iterable[Value] | None) -> Value:
    """Describe a list, tuple or set by its elements; None when their number is not known."""
    known = None if items is None else tuple(items)
    if known is None or sum(v.weight for v in known) > _SHOWN:
        return Value(kind=kind)
    return Value(kind=kind, items=known, element=join(known) if known else None)


def array(element: Value | None) -> Value:
    """Describe a numpy array by what its elements are."""
    return Value(kind="array", element=element)


def without_items(value: Value) -> Value:
    """Forget the single elements, and what they are; for a list that somebody may have changed."""
    return Value(kind=value.kind) if value.kind in {"list", "dict", "set"} else value


def join(values: Iterable[Value]) -> Value:
    """Describe a value that is one of several."""
    unique: dict[Any, Value] = {}
    for value in values:
        for one in value.each:
            unique.setdefault(_key(one), one)
    found = list(unique.values())
    if len(found) == 1:
        return found[0]
    if not found or len(found) > _MANY or any(v.kind == "unknown" for v in found):
        plain = {v.kind for v in found}
        maybe = any(v.maybe for v in found)
        kind = next(iter(plain)) if len(plain) == 1 else "unknown"
        scalars = {"none", "bool", "int", "float", "str", "bytes", "complex"}
        return Value(kind=kind if kind in scalars else "unknown", maybe=maybe)
    maybe = any(v.maybe for v in found)
    return Value(kind="union", alternatives=tuple(replace(v, maybe=False) for v in found), maybe=maybe)


def _key(value: Value) -> Any:
    """Distinguish values; a constant counts with its type, since 1 == True == 1.0."""
    held = value.items if value.items is not None else () if value.element is None else (value.element,)
    constant = None if value.constant is UNSET else (type(value.constant), repr(value.constant))
    inner = (value.items is None, *map(_key, held), *map(_key, value.alternatives))
    return (value.kind, inner, constant, id(value.node), value.path, value.bound, value.maybe)


def count(value: Value) -> int | None:
    """How many values the runtime unpacks; 0 for what is not a tuple or list, None when that is unknown."""
    if value.kind in {"tuple", "list"}:
        return None if value.items is None else len(value.items)
    return None if value.kind in {"unknown", "external", "instance", "module", "union"} else 0


def holds(value: Value | None, kinds: frozenset[str]) -> bool | None:
    """Whether the elements of a list, tuple or array are of these kinds; None when that is unknown."""
    if value is None or value.kind not in {"list", "tuple", "array", "set"}:
        return None
    if value.items is not None:
        answers = {one.kind in kinds for item in value.items for one in item.each if one.kind != "unknown"}
        return None if len(answers) != 1 else answers.pop()
    if value.element is None or any(one.kind == "unknown" for one in value.element.each):
        return None
    answers = {one.kind in kinds for one in value.element.each}
    return None if len(answers) != 1 else answers.pop()
