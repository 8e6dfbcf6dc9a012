"""What the contract's functions take, and what they do with it."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from azdacli.parser_check import bindings, layers
from azdacli.parser_check.contract import ADD, Function
from azdacli.parser_check.evaluate import Scope, evaluate
from azdacli.parser_check.finding import Finding
from azdacli.parser_check.module import Module
from azdacli.parser_check.rules import contract
from azdacli.parser_check.summaries import Summaries
from azdacli.parser_check.values import UNKNOWN, UNSET, Value
from azdacli.util.suggest import listed, near
from dsconfig.parser_contract import CONFIG_ATTRIBUTES, FUNCTIONS

_OUTPUTS = frozenset({"raw_outputs", "outputs", "raw", "raw_output", "tensors", "layers", "output"})
_CONFIGS = frozenset({"config", "cfg", "conf", "configuration"})
_HEIGHT = re.compile(r"^(h|ih|hh)$|height|_h$|^h_|^img_?h$|^frame_?h$", re.IGNORECASE)
_WIDTH = re.compile(r"^(w|iw|ww)$|width|_w$|^w_|^img_?w$|^frame_?w$", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class LayerRequest:
    """One layer that a parser asks for by name.

    Attributes:
        layer: The name.
        node: Where.
        module: In which file.
        optional: Whether the parser has an answer when the layer is not there.
    """

    layer: str
    node: ast.AST
    module: Module
    optional: bool


def check(function: Function) -> Iterator[Finding]:
    """Check the parameters of one function, and the use of `config` and `raw_outputs` in it."""
    yield from _signature(function)
    if function.name != ADD:
        yield from _config(function)
        yield from _keys(function)


def outputs_name(function: Function) -> str | None:
    """What a function calls the layers that it gets; None for one that gets none."""
    return None if function.name == ADD else _parameter(function, 1)


def requests(function: Function) -> Iterator[LayerRequest]:
    """Find the layers that a function asks for, also in the functions that it hands its outputs to."""
    name = _parameter(function, 1)
    if name is not None and function.name != ADD:
        yield from _requests(function.module, function.node, name, function.value.hidden, set())


def _positional(function: Function) -> list[ast.arg]:
    arguments = function.node.args
    return [*arguments.posonlyargs, *arguments.args][function.value.bound :]


def _parameter(function: Function, index: int) -> str | None:
    names = _positional(function)
    if len(names) <= index or function.value.keywords & {n.arg for n in names[: index + 1]}:
        return None
    return names[index].arg


def _signature(function: Function) -> Iterator[Finding]:
    wanted = FUNCTIONS[function.name].parameters
    arguments, given = function.node.args, _positional(function)
    defaults = len(arguments.defaults)
    required = [
        a.arg for a in (given[: len(given) - defaults] if defaults else given) if a.arg not in function.value.keywords
    ]
    keyword_only = [
        a.arg
        for a, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is None and a.arg not in function.value.keywords
    ]
    names = [a.arg for a in given]
    blocked = function.value.keywords & set(names[: len(wanted)])
    enough = arguments.vararg is not None or len(names) >= len(wanted)
    location = function.node.lineno
    source = function.module.source
    cure = f"Write `def {function.name}({', '.join(wanted)})`; further parameters need defaults."
    if not enough or len(required) > len(wanted) or keyword_only or blocked:
        shown = ", ".join([*names, *(["*" + arguments.vararg.arg] if arguments.vararg else []), *keyword_only])
        message = f"{function.name} takes ({shown}), and is called with ({', '.join(wanted)})"
        yield source.finding(contract.PARAMETERS, location, message, cure=cure)
    elif _swapped(names, wanted):
        message = (
            f"the parameters of {function.name} are ({', '.join(names[: len(wanted)])}); they "
            f"come in the order ({', '.join(wanted)})"
        )
        yield source.finding(contract.PARAMETER_ORDER, location, message, cure=cure)


def _swapped(names: list[str], wanted: tuple[str, ...]) -> bool:
    if wanted[0] == "config":
        first, second = [*names, "", ""][:2]
        return first in _OUTPUTS and (second in _CONFIGS or second not in _OUTPUTS | {""})
    return any(name in wanted and wanted.index(name) != location for location, name in enumerate(names[: len(wanted)]))


def _config(function: Function) -> Iterator[Finding]:
    name = _parameter(function, 0)
    if name is None or name in _bound(function):
        return
    source = function.module.source
    for node in ast.walk(function.node):
        match node:
            case ast.Attribute(value=ast.Name(id=used), attr=attr) if used == name and attr not in CONFIG_ATTRIBUTES:
                if not attr.startswith("__") and isinstance(node.ctx, ast.Load):
                    like = near(attr, CONFIG_ATTRIBUTES, cutoff=0.5) or "image_size"
                    message = f"'{name}' has no '{attr}'; it has {listed(CONFIG_ATTRIBUTES)}"
                    yield source.finding(
                        contract.CONFIG_ATTRIBUTE, node, message, cure=f"Did you mean '{name}.{like}'?"
                    )
            case ast.Assign(
                targets=[ast.Tuple(elts=[ast.Name(id=first), ast.Name(id=second)])],
                value=ast.Attribute(value=ast.Name(id=used), attr="image_size"),
            ) if used == name and _HEIGHT.search(first) and _WIDTH.search(second) and not _WIDTH.search(first):
                message = f"'{name}.image_size' is (width, height), and '{first}' comes first here"
                yield source.finding(
                    contract.IMAGE_SIZE_ORDER, node, message, cure=f"Write `{second}, {first} = {name}.image_size`."
                )


def _keys(function: Function) -> Iterator[Finding]:
    name = _parameter(function, 1)
    if name is None or name in _bound(function):
        return
    for node in ast.walk(function.node):
        match node:
            case ast.Subscript(value=ast.Name(id=used), slice=ast.Constant(value=key), ctx=ast.Load()) if (
                used == name and not isinstance(key, str)
            ):
                message = f"'{name}' has layer names as its keys, and {key!r} is not one of them"
                yield function.module.source.finding(contract.LAYER_KEY, node, message)


def _bound(function: Function) -> set[str]:
    body = function.node.body
    return bindings.bound_in(body) if isinstance(body, list) else set()


def _requests(
    module: Module, function: ast.AST, name: str, hidden: frozenset[str], visited: set[tuple[int, str]]
) -> Iterator[LayerRequest]:
    if (id(function), name) in visited:
        return
    visited.add((id(function), name))
    body = function.body if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) else [function]
    if name in bindings.bound_in(body):
        return
    local = frozenset(bindings.bound_in(body) | hidden)
    scope = Scope(module, _constants(body, Scope(module, {}, local, Summaries())), local, Summaries())
    asked = _asked_for(body, name, scope)
    guarded = _guarded(body, name)
    for node in (n for s in body for n in ast.walk(s)):
        match node:
            case ast.Subscript(value=ast.Name(id=used), ctx=ast.Load()) if used == name:
                for layer in _named_layers(node.slice, scope):
                    optional = layer in asked or id(node) in guarded
                    yield LayerRequest(layer=layer, node=node, module=module, optional=optional)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=used), attr="get"), args=[key], keywords=[]) if (
                used == name
            ):
                for layer in _named_layers(key, scope):
                    optional = layer in asked or id(node) in guarded or not layers.taken_for_granted(node, body)
                    yield LayerRequest(layer=layer, node=node, module=module, optional=optional)
            case ast.Call() if node.args:
                yield from _handed_on(node, name, scope, visited)


def _constants(body: list[ast.stmt] | list[ast.AST], scope: Scope) -> dict[str, Value]:
    """What local names are that hold layer names: bound once, to a literal or to each element of one."""
    bindings_of = layers.bound_once(body)
    return {name: evaluate(node, scope) for name, node in bindings_of.items()}


def _named_layers(node: ast.expr, scope: Scope) -> list[str]:
    """The layers that an index names; a name that runs over a literal names each of its elements."""
    value = evaluate(node, scope)
    each = value.items if value.items is not None and isinstance(node, ast.Name) else (value,)
    return [one.constant for one in each if isinstance(one.constant, str)]


def _handed_on(node: ast.Call, name: str, scope: Scope, visited: set[tuple[int, str]]) -> Iterator[LayerRequest]:
    for index, argument in enumerate(node.args):
        if isinstance(argument, ast.Name) and argument.id == name:
            function = _callee(node.func, scope)
            arguments = getattr(function.node, "args", None)
            if (
                isinstance(function.owner, Module)
                and function.node is not None
                and isinstance(arguments, ast.arguments)
            ):
                names = [a.arg for a in (*arguments.posonlyargs, *arguments.args)][function.bound :]
                if index < len(names):
                    yield from _requests(function.owner, function.node, names[index], function.hidden, visited)


def _callee(node: ast.expr, scope: Scope) -> Value:
    return evaluate(node, scope) if isinstance(node, ast.Name | ast.Attribute) else UNKNOWN


def _asked_for(body: list[ast.stmt] | list[ast.AST], name: str, scope: Scope) -> set[str]:
    """Layers whose presence is asked for (`"x" in raw_outputs`) before they are taken."""
    found: set[str] = set()
    for node in (n for s in body for n in ast.walk(s)):
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.In | ast.NotIn):
            holder = node.comparators[0]
            if any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(holder)) and isinstance(
                node.left, ast.expr
            ):
                layer = evaluate(node.left, scope).constant
                if layer is not UNSET and isinstance(layer, str):
                    found.add(layer)
    return found


def _guarded(body: list[ast.stmt] | list[ast.AST], name: str) -> set[int]:
    """Subscripts under a `try` whose handler looks for other layers instead."""
    found: set[int] = set()
    for node in (n for s in body for n in ast.walk(s)):
        if isinstance(node, ast.Try):
            handlers = [n for h in node.handlers for s in h.body for n in ast.walk(s)]
            falls_back = any(isinstance(n, ast.Name) and n.id == name for n in handlers) or any(
                isinstance(s, ast.Pass | ast.Continue) for h in node.handlers for s in h.body
            )
            if falls_back:
                found.update(id(n) for s in node.body for n in ast.walk(s))
    return found
