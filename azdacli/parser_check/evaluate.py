"""Expressions -> what is known about their values."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Protocol

from azdacli.parser_check import folding, numpy_values
from azdacli.parser_check.module import Module
from azdacli.parser_check.values import (
    BOOLEAN,
    FLOAT,
    INTEGER,
    STRING,
    UNKNOWN,
    UNSET,
    Value,
    array,
    join,
    of_constant,
    sequence,
    without_items,
)

_BUILTINS = {
    "int": INTEGER,
    "len": INTEGER,
    "ord": INTEGER,
    "float": FLOAT,
    "str": STRING,
    "repr": STRING,
    "bool": BOOLEAN,
}
_STRING_METHODS = frozenset({"format", "join", "strip", "lower", "upper", "replace", "title", "rstrip", "lstrip"})


class Summaries(Protocol):
    """Who knows what a function returns."""

    def returned(self, function: Value) -> Value:
        """What a call of a function of ours gives."""
        ...

    def never_returns(self, function: Value) -> bool:
        """Whether a function of ours always raises, or leaves in another way."""
        ...


class Scope:
    """The names that an expression sees: a function's own, then the module's.

    Args:
        module: The module that holds the expression.
        names: The innermost names and what they are; changed as statements run.
        local: Names that are the function's own wherever they are bound; None for the module's top level.
        summaries: Knows what functions return.
    """

    def __init__(
        self, module: Module, names: dict[str, Value], local: frozenset[str] | None, summaries: Summaries
    ) -> None:
        self.module, self.names, self.local, self.summaries = module, names, local, summaries
        self.seen: dict[int, Value] = {}

    def name(self, name: str) -> Value:
        """What a name is here."""
        if name in self.names:
            return self.names[name]
        if self.local is not None:
            if name in self.local:
                return UNKNOWN
            found = self.module.lookup(name)
            if found is not None:
                return found
        return Value(kind="external", path=f"builtins.{name}") if not self.module.open else UNKNOWN

    def touch(self, node: ast.expr) -> None:
        """Forget a list's elements when somebody else gets hold of it."""
        if isinstance(node, ast.Name) and node.id in self.names:
            self.names[node.id] = without_items(self.names[node.id])


_MOST_ROUNDS = 1000  # as many labels as a classifier of ImageNet has


def evaluate(node: ast.expr, scope: Scope) -> Value:
    """What is known about an expression's value; each part of a statement is looked at once."""
    key = id(node)
    if key not in scope.seen:
        scope.seen[key] = _evaluate(node, scope)
    return scope.seen[key]


def _evaluate(node: ast.expr, scope: Scope) -> Value:  # noqa: C901, PLR0911, PLR0912 # one arm per kind of expression
    match node:
        case ast.Constant():
            return of_constant(node.value)
        case ast.JoinedStr():
            return STRING
        case ast.Name():
            return replace(scope.name(node.id), maybe=False)
        case ast.Tuple():
            return sequence("tuple", _elements(node.elts, scope))
        case ast.List():
            return sequence("list", _elements(node.elts, scope))
        case ast.Set():
            return sequence("set", _elements(node.elts, scope))
        case ast.Dict():
            keys = [evaluate(key, scope) for key in node.keys if key is not None]
            return replace(sequence("dict", [evaluate(v, scope) for v in node.values]), element=join(keys))
        case ast.IfExp():
            evaluate(node.test, scope)
            return join([evaluate(node.body, scope), evaluate(node.orelse, scope)])
        case ast.BoolOp():
            return join([evaluate(value, scope) for value in node.values])
        case ast.NamedExpr():
            value = evaluate(node.value, scope)
            if isinstance(node.target, ast.Name):
                scope.names[node.target.id] = value
            return value
        case ast.Lambda():
            return Value(kind="function", node=node, owner=scope.module, hidden=scope.local or frozenset())
        case ast.GeneratorExp():
            return Value(kind="generator")
        case ast.ListComp() | ast.SetComp():
            return _comprehension(node, scope)
        case ast.DictComp():
            return Value(kind="dict")
        case ast.Compare():
            return (
                BOOLEAN
                if not isinstance(node.ops[0], ast.Eq | ast.NotEq | ast.Lt | ast.Gt | ast.LtE | ast.GtE)
                else UNKNOWN
            )
        case ast.UnaryOp():
            return _unary(node, scope)
        case ast.BinOp():
            return _binary(node, evaluate(node.left, scope), evaluate(node.right, scope))
        case ast.Attribute():
            return attribute(evaluate(node.value, scope), node.attr)
        case ast.Subscript():
            return _subscript(evaluate(node.value, scope), node.slice, scope)
        case ast.Call():
            return _call(node, scope)
        case _:
            return UNKNOWN


def _elements(nodes: Sequence[ast.expr], scope: Scope) -> Iterator[Value] | None:
    found: list[Value] = []
    for node in nodes:
        if not isinstance(node, ast.Starred):
            found.append(evaluate(node, scope))
            continue
        inner = evaluate(node.value, scope)
        if inner.items is None or inner.kind not in {"tuple", "list"}:
            return None
        found.extend(inner.items)
    return iter(found)


def _comprehension(node: ast.ListComp | ast.SetComp, scope: Scope) -> Value:
    """A list of what the element expression gives: computed from literals, else with unknown names of the loop."""
    if isinstance(node, ast.ListComp) and (computed := _computed(node, scope)) is not None:
        return computed
    rounds = _rounds(node, scope)
    bound = {n.id for g in node.generators for n in ast.walk(g.target) if isinstance(n, ast.Name)}
    hidden = {name: scope.names[name] for name in bound if name in scope.names}
    scope.names.update(dict.fromkeys(bound, UNKNOWN))
    element = evaluate(node.elt, scope)
    for name in bound:
        del scope.names[name]
    scope.names.update(hidden)
    if rounds is not None:
        return sequence("list", [element] * rounds)
    return Value(kind="list" if isinstance(node, ast.ListComp) else "set", element=element)


def _computed(node: ast.ListComp, scope: Scope) -> Value | None:
    """What it gives where all that it needs is spelled out."""

    def builtin(name: str) -> bool:
        return scope.name(name).path == f"builtins.{name}"

    try:
        found = folding.Folding(lookup=lambda name: _literal(scope.name(name)), builtin=builtin).fold(node)
    except folding.UnknownValueError:
        return None
    items = [of_constant(each) for each in found]
    return sequence("list", items) if len(items) <= _MOST_ROUNDS and UNKNOWN not in items else None


def _literal(value: Value) -> Any:
    """A value that the source spells out; of a list, all its elements."""
    if value.constant is not UNSET and not value.maybe:
        return value.constant
    if value.kind in {"list", "tuple"} and value.items is not None and not value.maybe:
        return [_literal(item) for item in value.items]
    raise folding.UnknownValueError


def _rounds(node: ast.ListComp | ast.SetComp, scope: Scope) -> int | None:
    """How many elements a list has that is built from every element of one of known length."""
    loop = node.generators[0]
    if isinstance(node, ast.SetComp) or len(node.generators) > 1 or loop.ifs or loop.is_async:
        return None
    match loop.iter:
        case ast.Call(func=ast.Name(id="range"), args=[only], keywords=[]) if "range" not in scope.names:
            size = evaluate(only, scope).constant
            return size if type(size) is int and 0 <= size <= _MOST_ROUNDS else None
    items = evaluate(loop.iter, scope).items
    return len(items) if items is not None and len(items) <= _MOST_ROUNDS else None


def _unary(node: ast.UnaryOp, scope: Scope) -> Value:
    value = evaluate(node.operand, scope)
    if isinstance(node.op, ast.Not):
        return BOOLEAN
    if isinstance(node.op, ast.USub) and isinstance(value.constant, int | float) and value.kind in {"int", "float"}:
        return of_constant(-value.constant)
    return Value(kind=value.kind) if value.kind in {"int", "float"} else UNKNOWN


def _binary(node: ast.BinOp, left: Value, right: Value) -> Value:
    if left.kind == right.kind and left.kind in {"list", "tuple"} and isinstance(node.op, ast.Add):
        if left.items is not None and right.items is not None:
            return sequence(left.kind, (*left.items, *right.items))
        return Value(kind=left.kind)
    if isinstance(node.op, ast.Mult) and (repeated := _repeated(left, right) or _repeated(right, left)):
        return repeated
    kinds = {left.kind, right.kind}
    if "str" in kinds and isinstance(node.op, ast.Mod | ast.Add):
        return STRING if left.kind == "str" else UNKNOWN
    if kinds <= {"int", "float"}:
        return FLOAT if "float" in kinds or isinstance(node.op, ast.Div) else INTEGER if _stays(node.op) else UNKNOWN
    return UNKNOWN


def _stays(operator: ast.operator) -> bool:
    return isinstance(operator, ast.Add | ast.Sub | ast.Mult | ast.FloorDiv | ast.Mod)


def _repeated(many: Value, times: Value) -> Value | None:
    """`[0.0] * 3`, `["x"] * n`."""
    if many.kind in {"list", "tuple"} and times.kind == "int":
        if isinstance(times.constant, int) and many.items is not None and len(many.items) * times.constant <= 4096:
            return sequence(many.kind, many.items * times.constant)
        return Value(kind=many.kind, element=many.element)
    if many.kind == "str" and isinstance(many.constant, str) and isinstance(times.constant, int):
        length = len(many.constant) * times.constant
        return of_constant(many.constant * times.constant) if 0 <= length <= 1 << 16 else STRING
    return None


def attribute(value: Value, name: str) -> Value:
    """What `value.name` is."""
    if value.kind == "external":
        return Value(kind="external", path=f"{value.path}.{name}")
    if value.kind == "module" and isinstance(value.owner, Module):
        return replace(value.owner.lookup(name) or UNKNOWN, maybe=False)
    if value.kind in {"instance", "class"} and isinstance(value.node, ast.ClassDef):
        return _member(value, value.node, name)
    return UNKNOWN


def _member(value: Value, cls: ast.ClassDef, name: str) -> Value:
    found = [s for s in cls.body if isinstance(s, ast.FunctionDef | ast.AsyncFunctionDef) and s.name == name]
    if not found:
        return UNKNOWN
    decorators = {d.id if isinstance(d, ast.Name) else "?" for d in found[-1].decorator_list}
    if decorators - {"staticmethod", "classmethod"}:
        return UNKNOWN
    bound = 0 if "staticmethod" in decorators or (value.kind == "class" and not decorators) else 1
    return Value(kind="function", node=found[-1], owner=value.owner, bound=bound, hidden=value.hidden)


def _subscript(value: Value, index: ast.expr, scope: Scope) -> Value:
    at = evaluate(index, scope)
    if isinstance(index, ast.Slice):
        return replace(value, items=None) if value.kind in {"list", "array"} else UNKNOWN
    if value.items is not None and isinstance(at.constant, int) and -len(value.items) <= at.constant < len(value.items):
        return value.items[at.constant]
    if value.kind == "list" and value.element is not None:
        return value.element
    if value.kind == "array" and at.kind != "int":
        return array(value.element)
    return UNKNOWN


def _call(node: ast.Call, scope: Scope) -> Value:
    function = evaluate(node.func, scope)
    arguments = [*node.args, *(keyword.value for keyword in node.keywords)]
    known = _known_call(node, function, scope)
    for argument in arguments:
        inner = argument.value if isinstance(argument, ast.Starred) else argument
        evaluate(inner, scope)
        if not (function.path.startswith(("builtins.", "numpy.")) or known):
            scope.touch(inner)
    return known or UNKNOWN


def _known_call(node: ast.Call, function: Value, scope: Scope) -> Value | None:
    if function.kind == "function":
        return scope.summaries.returned(function)
    if function.kind == "class" and isinstance(function.node, ast.ClassDef):
        return Value(kind="instance", node=function.node, owner=function.owner, hidden=function.hidden)
    if function.path == "functools.partial" and node.args:
        return _partial(evaluate(node.args[0], scope), node)
    if function.path.startswith("numpy."):
        return numpy_values.call(function.path, node, lambda inner: evaluate(inner, scope))
    if function.path.startswith("builtins."):
        return _builtin(function.path.removeprefix("builtins."), node, scope)
    return _method(node, scope) if isinstance(node.func, ast.Attribute) else None


def _partial(function: Value, node: ast.Call) -> Value:
    given = node.args[1:]
    if function.kind != "function" or any(isinstance(a, ast.Starred) for a in given):
        return UNKNOWN
    names = frozenset(k.arg for k in node.keywords if k.arg)
    if len(names) != len(node.keywords):
        return UNKNOWN
    return replace(function, bound=function.bound + len(given), keywords=function.keywords | names)


def _builtin(name: str, node: ast.Call, scope: Scope) -> Value | None:
    if name in _BUILTINS:
        return _BUILTINS[name]
    if name in {"list", "tuple", "sorted", "set"}:
        kind = {"tuple": "tuple", "set": "set"}.get(name, "list")
        inner = evaluate(node.args[0], scope) if node.args else Value(kind="tuple", items=())
        items = inner.items if inner.kind in {"list", "tuple"} else None
        return sequence(kind, items) if items is not None else Value(kind=kind, element=inner.element)  # type: ignore[arg-type] # one of the three kinds above
    return {"dict": Value(kind="dict"), "range": Value(kind="list", element=INTEGER)}.get(name)


def _method(node: ast.Call, scope: Scope) -> Value | None:
    assert isinstance(node.func, ast.Attribute)  # noqa: S101 # the caller looked
    value, name = evaluate(node.func.value, scope), node.func.attr
    if name == "astype" and node.args:
        return array(numpy_values.element_of(evaluate(node.args[0], scope)))
    if value.kind == "str" and name in _STRING_METHODS:
        return STRING
    if value.kind == "str" and name in {"split", "splitlines", "rsplit"}:
        return _split(value, name, node)
    if value.kind == "array" and name in {"tolist", "copy", "reshape", "ravel", "flatten", "squeeze"}:
        return Value(kind="list", element=value.element) if name == "tolist" else array(value.element)
    if value.kind in {"list", "dict", "set"}:
        _mutate(node, value, scope)
    return None


def _split(value: Value, name: str, node: ast.Call) -> Value:
    plain = all(isinstance(a, ast.Constant) for a in node.args) and not node.keywords
    if value.constant is UNSET or not plain or name == "rsplit":
        return Value(kind="list", element=STRING)
    arguments = [a.value for a in node.args if isinstance(a, ast.Constant)]
    try:
        return sequence("list", [of_constant(text) for text in getattr(value.constant, name)(*arguments)])
    except (TypeError, ValueError):
        return Value(kind="list", element=STRING)


def _mutate(node: ast.Call, value: Value, scope: Scope) -> None:
    """`ids.append(float(c))` makes it a list of floats of unknown length."""
    target = node.func.value if isinstance(node.func, ast.Attribute) else None
    if not isinstance(target, ast.Name) or target.id not in scope.names or not isinstance(node.func, ast.Attribute):
        return
    if node.func.attr == "append" and value.kind == "list" and len(node.args) == 1:
        added = evaluate(node.args[0], scope)
        if value.items == () or value.element is not None:
            old = [] if value.element is None else [value.element]
            scope.names[target.id] = Value(kind="list", element=join([*old, added]))
            return
    if node.func.attr not in {"copy", "count", "index", "get", "items", "keys", "values"}:
        scope.names[target.id] = without_items(value)
