"""Undefined and unused names: pyflakes' messages as findings of ours."""

import ast
import re
import warnings
from collections.abc import Iterator
from typing import Any

from azdacli.parser_check import bindings
from azdacli.parser_check.finding import Certainty, Finding, Span
from azdacli.parser_check.ground import BUILTINS_OF_ANY_PYTHON
from azdacli.parser_check.module import Module
from azdacli.parser_check.rules import reading
from azdacli.util.suggest import near

_RULES = {
    "UnusedImport": reading.UNUSED_IMPORT,
    "UnusedVariable": reading.UNUSED_NAME,
    "UnusedAnnotation": reading.UNUSED_NAME,
    "RedefinedWhileUnused": reading.REDEFINED,
}
_UNDEFINED = frozenset({"UndefinedName", "UndefinedLocal", "UndefinedExport"})
_STAR = frozenset({"ImportStarUsed", "ImportStarUsage", "ImportStarNotPermitted"})
_NOQA = re.compile(r"#\s*noqa\b(?!:)|#\s*noqa:[^#]*\bF\d", re.IGNORECASE)


def check(module: Module) -> Iterator[Finding]:
    """Find undefined and unused names, and what else pyflakes knows to be a mistake."""
    for message in _messages(module):
        kind = type(message).__name__
        if kind in _UNDEFINED:
            yield _undefined(module, message.lineno, message.col, str(message.message_args[0]), kind)
        elif kind == "ImportStarUsage":
            yield from _star(module, message.lineno, message.col, str(message.message_args[0]))
        elif kind not in _STAR and not _NOQA.search(module.source.line(message.lineno)):
            text = message.message % message.message_args
            yield module.source.finding(
                _RULES.get(kind, reading.LINT), message.lineno, _sentence(kind, text, message.message_args)
            )


def _messages(module: Module) -> Iterator[Any]:
    """What pyflakes says: of what is executed whether names are defined, of all of the file whether they are used."""
    from pyflakes import checker  # its import is a good part of a short run's time

    def look(tree: ast.Module) -> list[Any]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return list(checker.Checker(tree, filename="", builtins=BUILTINS_OF_ANY_PYTHON).messages)

    about_definitions = _UNDEFINED | {"ImportStarUsage"}
    if module.tree is module.whole:
        yield from look(module.whole)
        return
    yield from (m for m in look(module.tree) if type(m).__name__ in about_definitions)
    yield from (
        m
        for m in look(module.whole)
        if type(m).__name__ not in about_definitions and not module.removed.holds(m.lineno)
    )


def _sentence(kind: str, text: str, arguments: tuple[object, ...]) -> str:
    match kind:
        case "UnusedImport":
            return f"'{arguments[0]}' is imported and never used"
        case "UnusedVariable" | "UnusedAnnotation":
            return f"'{arguments[0]}' is computed and never used"
    return " ".join(text.split())


def _undefined(module: Module, line: int, column: int, name: str, kind: str) -> Finding:
    span = _span(module, line, column, name)
    if kind == "UndefinedLocal":
        return module.source.finding(
            reading.UNDEFINED_NAME, span, f"'{name}' is used before this function gives it a value"
        )
    if kind == "UndefinedExport":
        return module.source.finding(reading.UNDEFINED_NAME, span, f"'{name}' is listed in __all__ and not defined")
    if name in module.removed.names:
        message = f"'{name}' is defined only below `if __name__ == \"__main__\":`, which a pipeline never executes"
        cure = f"Define '{name}' at the top level, above that block."
        return module.source.finding(reading.UNDEFINED_NAME, span, message, cure=cure)
    like = near(name, _visible(module, line) - {name}, cutoff=0.7)
    cure = f"Did you mean '{like}'?" if like else f"Give '{name}' a value before this line."
    return module.source.finding(reading.UNDEFINED_NAME, span, f"'{name}' is not defined", cure=cure)


def _star(module: Module, line: int, column: int, name: str) -> Iterator[Finding]:
    """A name that might come from a star import: siblings can be asked, foreign packages cannot."""
    if module.lookup(name) is None:
        yield _undefined(module, line, column, name, "UndefinedName")
    elif name not in module.names:
        yield module.source.finding(
            *(
                reading.CANNOT_TELL,
                _span(module, line, column, name),
                f"'{name}' may come from a star import of a package",
            ),
            cure="Import the name itself: then it can be checked.",
            certainty=Certainty.CANNOT_TELL,
        )


def _visible(module: Module, line: int) -> set[str]:
    """The names that code on a line can use: the module's, and those of the functions around it."""
    names = set(module.names)
    for node in module.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.lineno <= line <= (
            node.end_lineno or line
        ):
            names |= bindings.bound_in(node.body) | {a.arg for a in (*node.args.posonlyargs, *node.args.args)}
    return names


def _span(module: Module, line: int, column: int, name: str) -> Span:
    text = module.source.line(line)
    start = module.source.characters(line, column)
    found = text.find(name, min(start, len(text)))
    start = found if found >= 0 else min(start, len(text))
    return Span.of_line(line, text, start, max(start, min(start + len(name), len(text))))
