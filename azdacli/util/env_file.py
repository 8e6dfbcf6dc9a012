"""`.env` files: read as python-dotenv reads them, and one variable changed with every other byte left alone.

A value in single quotes is taken literally, as shells and Docker Compose take it. In any other value `${NAME}` and
`${NAME:-default}` are filled in from the environment, then from the lines above; a name that is in neither is an
error, because an empty string in its place would go unnoticed until the device.
"""

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from dotenv.parser import Binding, parse_stream

from azdacli.errors import SpecError
from azdacli.util import files

_BOM = "\ufeff"
_NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")
_LARGEST_VALUE = 1024 * 1024
_REFERENCE = re.compile(r"\$\{(?P<name>[^${}:]*)(?::-(?P<default>[^}]*))?\}")
# What needs no quotes in a .env file, whoever reads it: image names, addresses, plain words.
_PLAIN = re.compile(r"^[A-Za-z0-9_./:@%+,-]+$")
_LEAD = re.compile(r"\s*(?:export[^\S\r\n]+)?(?:'[^']+'|[^=#\s]+)")
_VALUE = re.compile(
    r"""(?P<equals>[^\S\r\n]*=[^\S\r\n]*)?
        (?P<value>'(?:\\.|[^'\\])*' | "(?:\\.|[^"\\])*" | (?:(?!\s+\#)[^\r\n])*)""",
    re.VERBOSE | re.DOTALL,
)


def read(path: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Read every variable of a `.env` file.

    Args:
        path: The file.
        environ: Where `${NAME}` inside values is looked up before the file's own lines.

    Returns:
        Name to value, in the order of the file. A name without `=` is left out.

    Raises:
        SpecError: The file cannot be read, a line is not an assignment, or a `${NAME}` is not set. No value is shown.
    """
    values: dict[str, str] = {}
    for binding in _bindings(files.read_text(path)):
        if binding.error:
            raise SpecError(
                f"{path}: line {_line(binding)} is not a NAME=value assignment",
                hint="Close its quotes, or put the value in single quotes.",
            )
        if binding.key is not None and binding.value is not None:
            values[binding.key] = _filled(binding, path, values, environ)
    return values


def check_name(name: str) -> None:
    """Refuse what is not a valid variable name; SpecError says what one is made of."""
    if not _NAME.fullmatch(name):
        raise SpecError(
            f"'{name}' is not a valid name for an environment variable", hint="Use letters, digits and underscores."
        )


def set_variable(path: Path, name: str, value: str) -> None:
    """Give one variable a value in a `.env` file; all else keeps its bytes, comments and line ends included.

    The last assignment of the name is changed, since the last one counts; without one a line is added. The file is
    replaced in one step, with its mode kept; a new file is readable by its owner only.

    Raises:
        SpecError: The name or value cannot stand in a `.env` file, or the file cannot be read or written.
    """
    check_name(name)
    old = files.read_text(path) if files.exists(path) else ""
    new = _changed(old, name, _quoted(value))
    if _plain_values(new) != _plain_values(old) | {name: value}:
        raise SpecError(
            f"{path} cannot take {name} without changing another variable",
            hint="Look for a quote that is opened and never closed.",
        )
    if new != old:
        files.replace(path, new.encode("utf-8"))


def _bindings(text: str) -> Iterator[Binding]:
    return parse_stream(io.StringIO(text.removeprefix(_BOM), newline=""))


def _line(binding: Binding) -> int:
    blank = re.match(r"\s*", binding.original.string)
    return binding.original.line + (len(re.findall(r"\r\n|\n|\r", blank.group())) if blank else 0)


def _filled(binding: Binding, path: Path, above: Mapping[str, str], environ: Mapping[str, str]) -> str:
    value = binding.value or ""
    if _written(binding).startswith("'"):
        return value

    size = 0

    def known(match: re.Match[str]) -> str:
        nonlocal size
        found = _known(match, binding, path, (environ, above))
        size += len(found)
        if size > _LARGEST_VALUE:
            raise SpecError(
                f"{path}: line {_line(binding)} ({binding.key}) grows to more than {_LARGEST_VALUE >> 20} MiB",
                hint="Look at what it refers to.",
            )
        return found

    # Behind the last brace nothing can be a reference, and to look for its end from each beginning takes for ever.
    last = value.rfind("}") + 1
    return _REFERENCE.sub(known, value[:last]) + value[last:]


def _known(match: re.Match[str], binding: Binding, path: Path, sources: Iterable[Mapping[str, str]]) -> str:
    for source in sources:
        if match["name"] in source:
            return source[match["name"]]
    if match["default"] is not None:
        return match["default"]
    raise SpecError(
        f"{path}: line {_line(binding)} ({binding.key}) refers to {match.group()[:100]}, which is set nowhere",
        hint="Set it above that line or in the environment; if it is meant literally, use single quotes.",
    )


def _span(original: str) -> tuple[int, int, str]:
    """Where the value stands in the text of an assignment, and what must come before it (`=` or nothing)."""
    lead = _LEAD.match(original)
    start = lead.end() if lead else len(original)
    match = _VALUE.match(original, start)
    if match is None or match["equals"] is None:
        return start, start, "="
    # A comment that follows blanks belongs to the line, not to the value.
    if match["value"].startswith("#") and match["equals"][-1:].isspace():
        return match.end("equals"), match.end("equals"), ""
    return match.start("value"), match.start("value") + len(match["value"].rstrip()), ""


def _written(binding: Binding) -> str:
    start, end, _ = _span(binding.original.string)
    return binding.original.string[start:end]


def _changed(old: str, name: str, written: str) -> str:
    pieces = [b.original.string for b in _bindings(old)]
    locations = [i for i, b in enumerate(_bindings(old)) if b.key == name]
    if locations:
        piece = pieces[locations[-1]]
        start, end, equals = _span(piece)
        tail = piece[end:]
        gap = " " if tail.startswith("#") else ""
        pieces[locations[-1]] = f"{piece[:start]}{equals}{written}{gap}{tail}"
    else:
        newline = "\r\n" if "\r\n" in old else "\n"
        if pieces and not old.endswith(("\n", "\r")):
            pieces.append(newline)
        pieces.append(f"{name}={written}{newline}")
    return (_BOM if old.startswith(_BOM) else "") + "".join(pieces)


def _quoted(value: str) -> str:
    if "\x00" in value:
        raise SpecError("a value in a .env file cannot hold a NUL character")
    if _PLAIN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _plain_values(text: str) -> dict[str, str | None]:
    return {b.key: b.value for b in _bindings(text) if b.key is not None}
