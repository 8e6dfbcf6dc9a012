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
        name = _opened(node)
        if name and _is_relative(name) and (module.source.path.parent / name).is_file():
            message = f"'{name}' is looked for in the working directory, and stands beside {module.source.path.name}"
            cure = f"Write `Path(__file__).parent / {name!r}`."
            yield module.source.finding(rules.RELATIVE_FILE, node, message, cure=cure)


def _opened(call: ast.Call) -> str | None:
    """The literal name that a call opens for reading."""
    match call.func:
        case ast.Name(id="open"):
            return _text(call) if _reads(call) else None
        case ast.Attribute(value=ast.Name(id="np" | "numpy"), attr=name) if name in _NUMPY:
            return _text(call)
        case ast.Attribute(value=ast.Call(func=ast.Name(id="Path") | ast.Attribute(attr="Path")) as path, attr=name):
            return _text(path) if name in _READING and len(path.args) == 1 else None
    return None


def _reads(call: ast.Call) -> bool:
    mode = call.args[1] if len(call.args) > 1 else next((k.value for k in call.keywords if k.arg == "mode"), None)
    return mode is None or (isinstance(mode, ast.Constant) and str(mode.value).startswith("r"))


def _text(call: ast.Call) -> str | None:
    first = call.args[0] if call.args else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None


def _is_relative(name: str) -> bool:
    return "\0" not in name and not PurePosixPath(name).is_absolute() and not name.startswith("~")


def _name(node: ast.Attribute | ast.Name) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id
