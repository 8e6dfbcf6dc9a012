"""A key file's values, as GLib's `g_key_file_get_*` turn them into numbers, booleans, texts and lists.

Every reader raises ValueError where GLib reports an error. Tests compare each with the library.
"""

import re

from dsconfig.keyfile import BLANKS

_INTEGER = re.compile(r"[ \t\n\v\f\r]*([+-]?[0-9]+)")
_DOUBLE = re.compile(
    r"[ \t\n\v\f\r]*([+-]?(?:"
    r"0x(?:[0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(?:p[+-]?[0-9]+)?"
    r"|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?"
    r"|inf(?:inity)?|nan(?:\([0-9a-z_]*\))?))",
    re.IGNORECASE,
)
_INT32 = 2**31
_ESCAPES = {"s": " ", "n": "\n", "t": "\t", "r": "\r", "\\": "\\"}
_BOOLEANS = {"1": True, "true": True, "0": False, "false": False}


def integer(text: str) -> int:
    """Read as `g_key_file_get_integer`: a blank ends the number, and what follows it is ignored.

    Raises:
        ValueError: It is not a number, or needs more than 32 bits.
    """
    found = _INTEGER.match(text)
    # Where strtol converts nothing it stays at the start; a blank there passes as the end of the number, which is 0.
    behind = text[found.end() :] if found else text
    if not text or (behind and behind[0] not in BLANKS):
        raise ValueError(f"'{text}' cannot be interpreted as a number")
    value = int(found[1]) if found else 0
    if not -_INT32 <= value < _INT32:
        raise ValueError(f"integer value '{text}' out of range")
    return value


def number(text: str) -> float:
    """Read as `g_key_file_get_double`: nothing may follow the number, not even a blank; `nan` and `inf` are numbers.

    Raises:
        ValueError: It is not a number.
    """
    found = _DOUBLE.fullmatch(text)
    if not found:
        raise ValueError(f"'{text}' cannot be interpreted as a float number")
    return c_double(found[1])


def c_double(text: str) -> float:
    """The value of a number that strtod takes as a whole."""
    plain = text.lower()
    if "nan" in plain:
        return float("nan")
    if "x" not in plain:
        return float(plain)
    try:
        return float.fromhex(plain)
    except OverflowError:
        return float("-inf" if plain.startswith("-") else "inf")


def boolean(text: str) -> bool:
    """Read `0`, `1`, `true` or `false`; blanks may follow.

    Raises:
        ValueError: It is something else.
    """
    plain = text.rstrip(BLANKS)
    if plain not in _BOOLEANS:
        raise ValueError(f"'{text}' cannot be interpreted as a boolean")
    return _BOOLEANS[plain]


def string(text: str) -> str:
    r"""Resolve `\s`, `\n`, `\t`, `\r` and `\\`.

    Raises:
        ValueError: Another escape, or text that is not UTF-8.
    """
    return _pieces(text, separator=None)[0]


def strings(text: str) -> tuple[str, ...]:
    r"""Split a list at `;`; `\;` is not a separator, and a separator at the end adds no item.

    Raises:
        ValueError: As for `string`.
    """
    return tuple(_pieces(text, separator=";"))


def integers(text: str) -> tuple[int, ...]:
    """Read a list of integers.

    Raises:
        ValueError: As for `strings` and `integer`.
    """
    return tuple(integer(item) for item in strings(text))


def numbers(text: str) -> tuple[float, ...]:
    """Read a list of floats.

    Raises:
        ValueError: As for `strings` and `number`.
    """
    return tuple(number(item) for item in strings(text))


def _pieces(text: str, *, separator: str | None) -> list[str]:
    if any("\ud800" <= c <= "\udfff" for c in text):
        raise ValueError("the value is not UTF-8")
    pieces = [""]
    characters = iter(text)
    for character in characters:
        if character == "\\":
            escaped = next(characters, "")
            if escaped != separator and escaped not in _ESCAPES:
                raise ValueError(f"invalid escape sequence '\\{escaped}'")
            pieces[-1] += _ESCAPES.get(escaped, escaped)
        elif character == separator:
            pieces.append("")
        else:
            pieces[-1] += character
    return pieces[:-1] if separator and not pieces[-1] else pieces
