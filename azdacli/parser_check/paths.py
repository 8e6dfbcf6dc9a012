"""What is known about names at the end of one path or of several."""

import ast
from collections.abc import Iterable
from dataclasses import replace

from azdacli.parser_check.values import UNKNOWN, Value, join

Names = dict[str, Value]


def merge(paths: Iterable[Names | None]) -> Names | None:
    """Join what is known at the ends of several paths; None when no path gets there."""
    reached = [p for p in paths if p is not None]
    if len(reached) < 2:  # one path needs no joining
        return reached[0] if reached else None
    merged: Names = {}
    for name in dict.fromkeys(n for p in reached for n in p):
        values = [p[name] for p in reached if name in p]
        one = values[0] if all(v is values[0] for v in values) else join(values)
        merged[name] = one if len(values) == len(reached) else replace(one, maybe=True)
    return merged


def unsure(value: Value) -> Value:
    """What is left of a value that others may have changed: a container's kind, and nothing of what is in it."""
    return (
        Value(kind=value.kind, maybe=value.maybe)
        if value.kind in {"list", "dict", "set"}
        else replace(UNKNOWN, maybe=value.maybe)
    )


def truth(value: Value, node: ast.expr) -> bool | None:
    """Whether a condition always holds; only literals and `TYPE_CHECKING` are believed."""
    if isinstance(node, ast.Constant):
        return bool(node.value)
    if value.path == "typing.TYPE_CHECKING":
        return False
    if isinstance(node, ast.Name) and node.id == "__debug__":
        return True
    return None


def root_of(node: ast.expr) -> ast.expr:
    """What a chain of attributes and subscripts begins with."""
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return node


def loaded(node: ast.expr) -> ast.expr:
    """A target of `+=` as the expression that reads it."""
    return ast.copy_location(ast.Name(id=node.id, ctx=ast.Load()), node) if isinstance(node, ast.Name) else node
