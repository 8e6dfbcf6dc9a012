"""Text from outside in the middle of a sentence of ours."""

from dsconfig.printable import printable
from dsconfig.redaction import RUN

_LONGEST = 64 * 1024  # of a text from outside, what is looked through


def on_one_line(text: str, most: int = 300) -> str:
    """Make one short line of text from outside, with nothing in it that a terminal obeys.

    Secrets are taken out first: of half a password, or of one whose blanks were joined, nobody would see it any more.
    """
    line = printable(" ".join(RUN.redacted(text[:_LONGEST])[: 4 * most].split()))
    return line if len(line) <= most else f"{line[: most - 1]}…"
