"""Files that a parser opens by a name alone: in the image the working directory is not the parser's folder."""

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from azdacli.parser_check.finding import Finding
from azdacli.parser_check.module import Module
from azdacli.parser_check.rules import contract as rules

_NUMPY = frozenset({"load", "loadtxt", "genfromtxt", "fromfile"})
_READING = frozenset({"open", "read_text", "read_bytes"})


def check(module: Module) -> Iterator[Finding]:
    """Find literal names without a folder's path of files that stand beside the parser."""
    nodes = list(ast.walk(module.tree))
    if any(isinstance(node, ast.Attribute | ast.Name) and _name(node) == "chdir" for node in nodes):
        return
    for node in nodes:
        if not isinstance(node, ast.Call):
            continue
        name = _opened(node, module)
        if name and _is_relative(name) and (module.source.path.parent / name).is_file():
            message = f"'{name}' is looked for in the working directory, and stands beside {module.source.path.name}"
            cure = f"Write `Path(__file__).parent / {name!r}`."
            yield module.source.finding(rules.RELATIVE_FILE, node, message, cure=cure)


def _opened(call: ast.Call, module: Module) -> str | None:
    """The name that a call opens for reading, where it is spelled out."""
    match call.func:
        case ast.Name(id="open"):
            return _path(_first(call, "file"), module) if _reads(call) else None
        case ast.Attribute(value=ast.Name(id="np" | "numpy"), attr=name) if name in _NUMPY:
            return _path(_first(call, "file"), module)
        case ast.Attribute(value=path, attr=name) if name in _READING and not isinstance(path, ast.Name):
            writes = name == "open" and call.args and not str(getattr(call.args[0], "value", "r")).startswith("r")
            return None if writes else _path(path, module)
    return None


def _path(node: ast.expr | None, module: Module) -> str | None:
    """A path made of literals, the working directory and constants of the module; None for any other."""
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.Name(id=name):
            value = module.names.get(name)
            return value.constant if value is not None and isinstance(value.constant, str) else None
        case ast.Call(func=ast.Attribute(attr="getcwd" | "cwd"), args=[]):
            return "."
        case ast.Call(
            func=ast.Name(id="Path") | ast.Attribute(attr="Path" | "join"), args=[_, *_] as parts, keywords=[]
        ):
            found = [_path(part, module) for part in parts]
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            found = [_path(left, module), _path(right, module)]
        case _:
            return None
    known = [part for part in found if part is not None]
    return str(PurePosixPath(*known)) if len(known) == len(found) else None


def _first(call: ast.Call, name: str) -> ast.expr | None:
    return call.args[0] if call.args else next((k.value for k in call.keywords if k.arg == name), None)


def _reads(call: ast.Call) -> bool:
    mode = call.args[1] if len(call.args) > 1 else next((k.value for k in call.keywords if k.arg == "mode"), None)
    return mode is None or (isinstance(mode, ast.Constant) and str(mode.value).startswith("r"))


def _is_relative(name: str) -> bool:
    return "\0" not in name and not PurePosixPath(name).is_absolute() and not name.startswith("~")


def _name(node: ast.Attribute | ast.Name) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id
