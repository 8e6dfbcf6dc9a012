"""How a function comes to the names of layers, and whether it counts on an answer."""

import ast
from collections import Counter
from collections.abc import Sequence


def bound_once(body: Sequence[ast.AST]) -> dict[str, ast.expr]:
    """Local names that are bound once: to a text, or as a loop's variable to the elements of a literal or a name."""
    nodes = [node for statement in body for node in ast.walk(statement)]
    times = Counter(node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    found: dict[str, ast.expr] = {}
    for node in nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str()) as value):
                found[name] = value
            case ast.For(target=ast.Name(id=name), iter=ast.Tuple() | ast.List() | ast.Name() as value):
                found[name] = value
            case ast.comprehension(target=ast.Name(id=name), iter=ast.Tuple() | ast.List() | ast.Name() as value):
                found[name] = value
    return {name: value for name, value in found.items() if times[name] == 1}


def taken_for_granted(call: ast.Call, body: Sequence[ast.AST]) -> bool:
    """Whether what `outputs.get(layer)` gives is used as an array at once, and never asked whether it is None."""
    nodes = [node for statement in body for node in ast.walk(statement)]
    for node in nodes:
        match node:
            case ast.Attribute(value=value) | ast.Subscript(value=value) if value is call:
                return True
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if value is call:
                return _used(name, nodes) and not _asked(name, nodes)
    return False


def _used(name: str, nodes: Sequence[ast.AST]) -> bool:
    return any(isinstance(part, ast.Name) and part.id == name for node in nodes for part in _as_array(node))


def _as_array(node: ast.AST) -> Sequence[ast.expr]:
    """What a node takes for an array: None there raises at once."""
    match node:
        case ast.Attribute(value=value) | ast.Subscript(value=value) | ast.For(iter=value):
            return (value,)
        case ast.Call(func=ast.Name(id="len" | "list" | "enumerate" | "zip"), args=args):
            return args
        case ast.BinOp(left=left, right=right):
            return (left, right)
    return ()


def _asked(name: str, nodes: Sequence[ast.AST]) -> bool:
    """Whether a name stands in a condition anywhere; what the condition says is not looked at."""
    for node in nodes:
        tests: list[ast.expr] = []
        if isinstance(node, ast.If | ast.IfExp | ast.While | ast.Assert):
            tests = [node.test]
        elif isinstance(node, ast.BoolOp):
            tests = node.values
        elif isinstance(node, ast.comprehension):
            tests = node.ifs
        elif isinstance(node, ast.Compare):
            tests = [node]
        elif isinstance(node, ast.Match):
            tests = [node.subject]
        if any(isinstance(part, ast.Name) and part.id == name for test in tests for part in ast.walk(test)):
            return True
    return False
