"""What numpy's best-known functions give: arrays of integers, of floats, or of nobody knows."""

import ast
from collections.abc import Callable

from azdacli.parser_check.values import BOOLEAN, FLOAT, INTEGER, STRING, UNSET, Value, array

_INTEGERS = frozenset(
    {"int", "uint", "intp", "uintp", "int_", *(f"{u}int{b}" for u in ("", "u") for b in (8, 16, 32, 64))}
)
_FLOATS = frozenset({"float", "double", "single", "half", "float_", *(f"float{bits}" for bits in (16, 32, 64, 128))})
_FLOAT_MAKERS = frozenset({"zeros", "ones", "empty"})
_INTEGER_MAKERS = frozenset({"argmax", "argmin", "argsort", "flatnonzero", "searchsorted", "bincount"})
_FROM_ELEMENTS = frozenset({"array", "asarray", "ascontiguousarray", "full"})
_ALWAYS_FLOAT = frozenset(
    {
        "linspace",
        "logspace",
        "geomspace",
        "eye",
        "identity",
        "random.rand",
        "random.randn",
        "random.random",
        "random.uniform",
    }
)
_LEFT_OPEN = frozenset(
    {"zeros_like", "ones_like", "empty_like", "full_like", "stack", "concatenate", "vstack", "hstack", "arange"}
)


def element_of(dtype: Value) -> Value | None:
    """What the elements of an array with a dtype are; None when that is unknown."""
    if dtype.kind == "str" and dtype.constant is not UNSET:
        return _named(str(dtype.constant).lstrip("<>=|"))
    if dtype.path.startswith("numpy."):
        return _named(dtype.path.removeprefix("numpy."))
    return _named(dtype.path.removeprefix("builtins.")) if dtype.path.startswith("builtins.") else None


def _named(name: str) -> Value | None:
    if name in _INTEGERS or (name[:1] in {"i", "u"} and name[1:].isdigit()):
        return INTEGER
    if name in _FLOATS or (name[:1] == "f" and name[1:].isdigit()):
        return FLOAT
    return {"bool": BOOLEAN, "bool_": BOOLEAN, "str": STRING}.get(name)


def call(path: str, node: ast.Call, evaluate: Callable[[ast.expr], Value]) -> Value | None:
    """What a call of `numpy.<path>` gives; None when that is unknown."""
    name = path.removeprefix("numpy.")
    known = _FLOAT_MAKERS | _INTEGER_MAKERS | _FROM_ELEMENTS | _ALWAYS_FLOAT | _LEFT_OPEN
    if name not in known:
        return None
    if name in _FLOAT_MAKERS and node.args and _is_empty(evaluate(node.args[0])):
        return array(None)
    dtype = _dtype(name, node, evaluate)
    if dtype is not None:
        return array(element_of(dtype))
    if name in _INTEGER_MAKERS:
        # A single index, or an array of them: both are integers.
        return array(INTEGER)
    if name in _FLOAT_MAKERS or name in _ALWAYS_FLOAT:
        return array(FLOAT)
    return array(_common(evaluate(node.args[-1]))) if name in _FROM_ELEMENTS and node.args else array(None)


def _is_empty(shape: Value) -> bool:
    """Whether an array of a shape has no elements: then nobody minds what they are."""
    return any(size.constant == 0 for size in (shape, *(shape.items or ())))


def _dtype(name: str, node: ast.Call, evaluate: Callable[[ast.expr], Value]) -> Value | None:
    for keyword in node.keywords:
        if keyword.arg in {"dtype", None}:
            return evaluate(keyword.value)
    location = {"zeros": 1, "ones": 1, "empty": 1, "array": 1, "asarray": 1, "ascontiguousarray": 1, "full": 2}.get(
        name
    )
    if location is not None and len(node.args) > location:
        return evaluate(node.args[location])
    return None


def _common(value: Value) -> Value | None:
    """The element of an array that is made from a list, a nested list or a scalar."""
    if value.kind in {"int", "float", "str", "bool"}:
        return Value(kind=value.kind)
    if value.items is not None and value.items:
        kinds = {common.kind if (common := _common(item)) else None for item in value.items}
        if None in kinds:
            return None
        widest: list[Value] = [STRING, FLOAT, INTEGER, BOOLEAN]
        return next(kind for kind in widest if kind.kind in kinds)
    if value.kind in {"list", "tuple", "array"} and value.items is None and value.element is not None:
        return _common(value.element)
    return None
