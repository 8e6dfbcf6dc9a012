"""Which Python a file needs: syntax and names that came after the release's."""

import ast
import io
import re
import sys
import token
import tokenize
from collections.abc import Iterator

from azdacli.parser_check.finding import Certainty, Finding, Span
from azdacli.parser_check.ground import NEWER_NAMES, Ground
from azdacli.parser_check.module import Module
from azdacli.parser_check.rules import reading
from azdacli.parser_check.source import Source

_OWN = sys.version_info[:2]
_NEW_LOOKS: tuple[tuple[re.Pattern[str], tuple[int, int], str], ...] = (
    (re.compile(r"^\s*except\s*\*"), (3, 11), "`except*`"),
    (re.compile(r"^\s*type\s+\w+\s*(\[.*\])?\s*="), (3, 12), "the `type` statement"),
    (re.compile(r"^\s*(async\s+)?(def|class)\s+\w+\s*\["), (3, 12), "type parameters in brackets"),
)
_FSTRING = re.compile(r"\b[rR]?[fF][rR]?['\"]")


def too_new_for_us(source: Source, error: SyntaxError, ground: Ground) -> Finding:
    """Say what a SyntaxError of this interpreter means for the release's Python."""
    line = error.lineno or 1
    text = source.line(line)
    for look, version, what in _NEW_LOOKS:
        if look.search(text) and version > _OWN:
            return _about_new(source, line, version, what, ground)
    if (error.msg or "").startswith("f-string") and _OWN < (3, 12) and _FSTRING.search(text):
        if ground.python >= (3, 12):
            return _about_new(source, line, (3, 12), "this f-string", ground)
        cure = (
            "Use other quotes inside of the braces than around the string, and no backslash there; "
            "Python 3.12 would allow it."
        )
        return source.finding(reading.SYNTAX, line, f"{ground.python_name} cannot read this f-string", cure=cure)
    column = max((error.offset or 1) - 1, 0)
    end = error.end_offset - 1 if error.end_offset and error.end_lineno == error.lineno else column + 1
    span = Span.of_line(line, text, min(column, len(text)), max(min(end, len(text)), min(column, len(text))))
    return source.finding(reading.SYNTAX, span, f"this is not Python: {error.msg}")


def _about_new(source: Source, line: int, version: tuple[int, int], what: str, ground: Ground) -> Finding:
    name = f"Python {version[0]}.{version[1]}"
    if ground.python >= version:
        own = f"Python {_OWN[0]}.{_OWN[1]}"
        return source.finding(
            *(
                reading.CANNOT_TELL,
                line,
                f"azdacli runs on {own}, which cannot read {what}; the rest of the file was not checked",
            ),
            cure=f"Run azdacli on {name} or later to have this file checked.",
            certainty=Certainty.CANNOT_TELL,
        )
    return _too_new(source, line, name, what, ground)


def _too_new(source: Source, location: ast.AST | Span | int, name: str, what: str, ground: Ground) -> Finding:
    message = f"{what} came with {name}; DeepStream {ground.release} has {ground.python_name}"
    return source.finding(reading.PYTHON_TOO_NEW, location, message)


def check(module: Module, ground: Ground) -> Iterator[Finding]:
    """Find what a file that this interpreter can read needs beyond the release's Python."""
    for node in ast.walk(module.whole):  # what is never executed must be read all the same
        found = _syntax(node)
        if found is not None and found[0] > ground.python:
            yield _too_new(module.source, node, f"Python {found[0][0]}.{found[0][1]}", found[1], ground)
    for node in module.nodes:
        yield from _names(node, module, ground)
    if ground.python < (3, 12) <= _OWN:
        for span, what in _new_fstrings(module.source):
            yield _too_new(module.source, span, "Python 3.12", what, ground)


def _syntax(node: ast.AST) -> tuple[tuple[int, int], str] | None:
    match type(node).__name__:
        case "TryStar":
            return (3, 11), "`except*`"
        case "TypeAlias":
            return (3, 12), "the `type` statement"
        case "TemplateStr":
            return (3, 14), "a template string"
    if getattr(node, "type_params", None):
        new = any(getattr(p, "default_value", None) is not None for p in getattr(node, "type_params", ()))
        return ((3, 13), "a default of a type parameter") if new else ((3, 12), "type parameters in brackets")
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple):
        starred = any(isinstance(e, ast.Starred) for e in node.slice.elts)
        return ((3, 11), "a star in an index") if starred else None
    return None


def _names(node: ast.AST, module: Module, ground: Ground) -> Iterator[Finding]:
    names: list[str] = []
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        names = [f"{node.module}.{alias.name}" for alias in node.names]
    elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        names = [f"{module.names[node.value.id].path}.{node.attr}"] if node.value.id in module.names else []
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in module.names:
        names = [f"builtins.{node.id}"]
    for name in names:
        version = NEWER_NAMES.get(name)
        if version is not None and version > ground.python:
            what = f"`{name.removeprefix('builtins.')}`"
            yield _too_new(module.source, node, f"Python {version[0]}.{version[1]}", what, ground)


def _new_fstrings(source: Source) -> Iterator[tuple[Span, str]]:
    """Find f-strings that only Python 3.12 reads: their own quotes, backslashes or comments inside of the braces."""
    start, end = getattr(token, "FSTRING_START", -1), getattr(token, "FSTRING_END", -1)
    open_quotes: list[str] = []
    try:
        for part in tokenize.generate_tokens(io.StringIO(source.text).readline):
            quote = part.string.lstrip("rRfFbBuU")
            inside = bool(open_quotes) and part.type in {tokenize.STRING, start}
            if inside and (quote.startswith(open_quotes[-1]) or (part.type == tokenize.STRING and "\\" in part.string)):
                yield Span.of_line(part.start[0], source.line(part.start[0])), "such an f-string"
            elif open_quotes and part.type == tokenize.COMMENT:
                yield Span.of_line(part.start[0], source.line(part.start[0])), "a comment in an f-string"
            if part.type == start:
                open_quotes.append(quote)
            elif part.type == end and open_quotes:
                open_quotes.pop()
    except (tokenize.TokenError, SyntaxError, ValueError):
        return
