"""Text from outside as a terminal may get it: what would steer the terminal is shown, not obeyed."""

import re

# Control characters but tab and line end (CSI, OSC and their 8-bit forms begin with one), what turns the direction of
# writing round (Trojan Source, CVE-2021-42574), line ends that only some readers see, and lone surrogates, which no
# output can encode.
_STEERS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_FOUR_DIGITS = 0x100  # from here on two hexadecimal digits are too few


def printable(text: str) -> str:
    r"""The text with every character that steers a terminal as `\x1b`, `\u202e`; line ends and tabs stay."""
    return _STEERS.sub(_escaped, text.replace("\r\n", "\n"))


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < _FOUR_DIGITS else f"\\u{code:04x}"
