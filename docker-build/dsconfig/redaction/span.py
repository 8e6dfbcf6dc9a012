"""A secret in a text, and what is written in its place."""

from collections.abc import Iterable
from typing import NamedTuple

HIDDEN = "***"
# What has fewer characters is in every text by chance, and guessed in an instant.
SHORTEST_SECRET = 4


class Span(NamedTuple):
    """A secret's first and last position in a text, and whether it certainly is one."""

    start: int
    end: int
    sure: bool


def merged(found: Iterable[Span]) -> list[Span]:
    """The spans in order, those that touch made one."""
    result: list[Span] = []
    for span in sorted(span for span in found if span.end > span.start):
        last = result[-1] if result else None
        if last is not None and span.start < last.end:
            result[-1] = Span(last.start, max(last.end, span.end), last.sure or span.sure)
        else:
            result.append(span)
    return result


def masked(text: str, found: Iterable[Span]) -> str:
    """The text with asterisks in place of the spans."""
    pieces: list[str] = []
    end = 0
    for span in found:
        pieces += (text[end : span.start], HIDDEN)
        end = span.end
    return "".join((*pieces, text[end:])) if pieces else text
