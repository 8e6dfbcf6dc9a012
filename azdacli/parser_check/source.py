"""Reading a Python file as Python would, without running it."""

import ast
import io
import os
import tokenize
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from azdacli.parser_check.finding import Certainty, Finding, Span
from azdacli.parser_check.rules import Rule, reading

# Codecs of Python's that are no way to write a file, or that take time by the square of its length.
_NO_ENCODINGS = frozenset(
    {"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"}
    | {f"utf-{size}{order}" for size in (16, 32) for order in ("", "-be", "-le")}  # Python reads no such file either
)
BIGGEST = 4 * 1024 * 1024  # bytes; no parser is larger, and a checker must not hang on what is none


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    r"""The text of a file.

    Attributes:
        path: Where it was read from.
        text: All of it, with `\n` line ends.
        lines: The lines without their ends.
    """

    path: Path
    text: str
    lines: tuple[str, ...]

    @classmethod
    def of(cls, path: Path, text: str) -> "Source":
        """Split a text into lines as Python counts them."""
        plain = text.replace("\r\n", "\n").replace("\r", "\n")
        return cls(path=path, text=plain, lines=tuple(plain.split("\n")))

    def line(self, number: int) -> str:
        """One line by its number from 1; empty where there is none."""
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""

    def span(self, node: ast.AST) -> Span:
        """Where a node of the tree stands, in characters (the tree counts bytes)."""
        line = getattr(node, "lineno", 1)
        end_line = getattr(node, "end_lineno", None) or line
        column = self.characters(line, getattr(node, "col_offset", 0))
        end_column = self.characters(end_line, getattr(node, "end_col_offset", None) or 0)
        end_line, end_column = max((end_line, end_column), (line, column))
        return Span(line=line, column=column + 1, end_line=end_line, end_column=end_column + 1)

    def characters(self, line: int, offset: int) -> int:
        """Turn an offset in bytes, as the tree has it, into one in characters."""
        text = self.line(line)
        return offset if text.isascii() else len(text.encode()[:offset].decode(errors="replace"))

    def finding(
        self,
        rule: Rule,
        location: ast.AST | Span | int,
        message: str,
        *,
        cure: str | None = None,
        certainty: Certainty = Certainty.SURE,
    ) -> Finding:
        """Say something about a node, a span or a line of this file."""
        if isinstance(location, int):
            location = Span.of_line(location, self.line(location))
        span = location if isinstance(location, Span) else self.span(location)
        return Finding(
            rule=rule,
            message=message,
            cure=cure or rule.cure,
            path=self.path,
            span=span,
            source=self.line(span.line),
            certainty=certainty,
        )


class UnreadableError(Exception):
    """A file that is not text, or no Python; `finding` says so."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def _refuse(path: Path, rule: Rule, message: str, cure: str | None = None) -> UnreadableError:
    return UnreadableError(Finding(rule=rule, message=message, cure=cure or rule.cure, path=path))


def read_bytes(path: Path, limit: int = BIGGEST) -> bytes:
    """Read a file of bounded size.

    Raises:
        UnreadableError: It is too large, no regular file, or cannot be read.
    """
    try:
        if not path.is_file():
            raise _refuse(path, reading.NOT_TEXT, f"{path.name} is not a regular file", "Give a file.")
        if os.stat(path).st_size > limit:  # noqa: PTH116 # one call, no second look at the path
            raise _refuse(
                path, reading.NOT_TEXT, f"{path.name} is larger than {limit >> 20} MiB: that is not source text"
            )
        return path.read_bytes()
    except OSError as error:
        raise _refuse(
            path, reading.NOT_TEXT, f"{path.name} cannot be read: {error.strerror}", "Look at its rights."
        ) from None


def read_text(path: Path) -> Source:
    """Read a configuration: UTF-8, with or without a byte order mark."""
    data = read_bytes(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _refuse(path, reading.NOT_TEXT, f"byte {error.start} of {path.name} is not UTF-8") from None
    return Source.of(path, text)


def read_python(path: Path) -> Source:
    """Read a Python file in the encoding that it declares."""
    data = read_bytes(path)
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        if encoding.replace("_", "-").lower() in _NO_ENCODINGS:
            raise _refuse(path, reading.NOT_TEXT, f"{path.name} is declared to be in '{encoding}'", "Save it as UTF-8.")
        text = data.decode(encoding)
    except (SyntaxError, ValueError, LookupError) as error:  # each codec has errors of its own, most are ValueErrors
        raise _refuse(path, reading.NOT_TEXT, f"{path.name} cannot be decoded: {_one_line(error)}") from None
    if "\0" in text:
        raise _refuse(path, reading.NOT_TEXT, f"{path.name} holds null bytes: that is not Python text")
    return Source.of(path, text.removeprefix("\ufeff"))


def parse(source: Source) -> ast.Module:
    """Parse with this interpreter's grammar, and let its compiler look too; nothing is run.

    Raises:
        UnreadableError: It is not Python.
        SyntaxError: It is not Python for this interpreter; the caller knows whether a newer one might take it.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tree = ast.parse(source.text, filename=str(source.path))
            compile(source.text, str(source.path), "exec", dont_inherit=True)
        except (RecursionError, MemoryError):
            raise UnreadableError(
                source.finding(
                    *(reading.CANNOT_TELL, 1, f"{source.path.name} is nested too deeply to be read"),
                    certainty=Certainty.CANNOT_TELL,
                )
            ) from None
        except (ValueError, OverflowError) as error:
            raise UnreadableError(
                source.finding(reading.SYNTAX, 1, f"this is not Python: {_one_line(error)}")
            ) from None
    return tree


def comments(source: Source) -> Iterator[tuple[int, int, str]]:
    """Yield line, column (from 0) and text of each comment, as far as the file can be split into tokens."""
    if "#" not in source.text:
        return
    try:
        for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.start[1], token.string
    except (tokenize.TokenError, SyntaxError, ValueError):
        return


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
