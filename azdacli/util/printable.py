"""Text from outside on its way to a terminal: what would command it is shown instead."""

import re

# Everything that a terminal obeys or that changes the order of what a reader sees: C0 and C1 controls but for line ends
# and tabs (ECMA-48), the two separators that count as line ends, and Unicode's bidirectional controls (UAX #9).
_COMMANDS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    r"""Write each character that a terminal would obey as its escape (`\x1b`), so that it is seen and does nothing."""
    return _COMMANDS.sub(_escaped, text)


def on_one_line(text: str, most: int = 300) -> str:
    """Make one short line of text from outside, for the middle of a sentence."""
    line = printable(" ".join(text[: 4 * most].split()))
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")
