"""Calls and indices of numpy's arrays, as far as they say something about dimensions."""

import ast
from collections.abc import Sequence

_LIBRARIES = frozenset({"np", "numpy"})


def operation(node: ast.Call) -> tuple[str, ast.expr | None, list[ast.expr]]:
    """The name, the array and the other arguments of `np.name(array, …)` or `array.name(…)`."""
    if not isinstance(node.func, ast.Attribute):
        return "", None, []
    of_library = isinstance(node.func.value, ast.Name) and node.func.value.id in _LIBRARIES
    if of_library:
        return node.func.attr, node.args[0] if node.args else None, node.args[1:]
    return node.func.attr, node.func.value, node.args


def axis_of(node: ast.Call, rest: Sequence[ast.expr]) -> int | None:
    """The axis that a call names; None where it names none, or several."""
    named = [keyword.value for keyword in node.keywords if keyword.arg == "axis"]
    given = named or list(rest[:1])
    try:
        number = ast.literal_eval(given[0]) if given else None
    except (ValueError, TypeError, SyntaxError):
        return None
    return number if type(number) is int else None


def _parts(index: ast.expr) -> list[ast.expr]:
    return list(index.elts) if isinstance(index, ast.Tuple) else [index]


def _is_new(part: ast.expr) -> bool:
    return (isinstance(part, ast.Constant) and part.value is None) or (
        isinstance(part, ast.Attribute) and part.attr == "newaxis"
    )


def indices(index: ast.expr) -> int:
    """How many dimensions an index takes at least."""
    parts = _parts(index)
    if any(isinstance(part, ast.Starred) for part in parts):
        return 0
    return sum(not _is_new(p) and not (isinstance(p, ast.Constant) and p.value is Ellipsis) for p in parts)


def after_index(rank: int | None, index: ast.expr) -> int | None:
    """How many dimensions are left behind an index; None where that is unknown."""
    for part in _parts(index):
        if rank is None:
            return None
        number = part.operand if isinstance(part, ast.UnaryOp) else part
        if _is_new(part):
            rank += 1
        elif isinstance(number, ast.Constant) and type(number.value) is int:
            rank -= 1
        elif not isinstance(part, ast.Slice) and not (isinstance(part, ast.Constant) and part.value is Ellipsis):
            return None
    return rank if rank is not None and rank >= 0 else None
