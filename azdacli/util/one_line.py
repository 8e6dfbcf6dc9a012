"""Text from outside in the middle of a sentence of ours."""

from dsconfig.printable import printable


def on_one_line(text: str, most: int = 300) -> str:
    """Make one short line of text from outside, with nothing in it that a terminal obeys."""
    line = printable(" ".join(text[: 4 * most].split()))
    return line if len(line) <= most else f"{line[: most - 1]}…"
