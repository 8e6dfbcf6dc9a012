"""A YAML text's value, as nvinfer's YAML parser asks yaml-cpp and the C++ library for it.

From gstnvinfer_yaml_parser.cpp (DeepStream 9.1; that of 6.1 asks for the same): most keys go through `as<int>`,
`as<unsigned int>` or `as<double>`, which take a whole number and nothing else; the element's own keys go through
`std::stoi`, which stops behind the digits; lists are split at `;` and go through `std::stoul`, `stoi` or `stod`. What
these refuse is an exception that nobody catches: it ends the process. `true` is not a number to any of them.
"""

import math
import re
import sys

from dsconfig.glib_values import c_double

_BITS = 2**32
_WHOLE = re.compile(r"([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)[ \t\n\v\f\r]*")
_FLOAT = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[ \t\n\v\f\r]*")
_SPECIAL = {
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
_LEADING_INTEGER = re.compile(r"[ \t\n\v\f\r]*([+-]?[0-9]+)")
_LEADING_DOUBLE = re.compile(
    r"[ \t\n\v\f\r]*([+-]?(?:0x(?:[0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(?:p[+-]?[0-9]+)?"
    r"|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|inf(?:inity)?|nan))",
    re.IGNORECASE,
)


def as_int(text: str) -> int:
    """`as<int>()`: decimal, `0x` or octal with a leading 0, and nothing behind.

    Raises:
        ValueError: It is something else.
    """
    return _whole(text, -_BITS // 2, _BITS // 2)


def as_unsigned(text: str) -> int:
    """`as<unsigned int>()`: the same, without a sign below zero.

    Raises:
        ValueError: It is something else.
    """
    if text.startswith("-"):
        raise ValueError(f"'{text}' is below 0")
    return _whole(text, 0, _BITS)


def _whole(text: str, low: int, high: int) -> int:
    found = _WHOLE.fullmatch(text)
    if not found:
        raise ValueError(f"'{text}' is not an integer")
    digits = found[2]
    octal = digits.startswith("0") and digits[1:].isdigit()
    value = int(digits, 8) if octal else int(digits, 0)
    value = -value if found[1] == "-" else value
    if not low <= value < high:
        raise ValueError(f"'{text}' is out of range")
    return value


def as_double(text: str) -> float:
    """`as<double>()`: a decimal number, `.inf` or `.nan`, and nothing behind.

    Raises:
        ValueError: It is something else.
    """
    if text in _SPECIAL:
        return _SPECIAL[text]
    if not _FLOAT.fullmatch(text):
        raise ValueError(f"'{text}' is not a number")
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"'{text}' is out of range")
    return value


def stoi(text: str) -> int:
    """`std::stoi`: the integer that the text begins with; what follows is ignored.

    Raises:
        ValueError: It does not begin with one, or one of more than 32 bits.
    """
    found = _LEADING_INTEGER.match(text)
    if not found:
        raise ValueError(f"'{text}' is not an integer")
    value = int(found[1])
    if not -_BITS // 2 <= value < _BITS // 2:
        raise ValueError(f"'{text}' is out of range")
    return value


def stoul(text: str) -> int:
    """`std::stoul`, kept in 32 bits as nvinfer does; a minus sign wraps around.

    Raises:
        ValueError: The text does not begin with an integer.
    """
    found = _LEADING_INTEGER.match(text)
    if not found:
        raise ValueError(f"'{text}' is not an integer")
    value = int(found[1])
    if abs(value) >= _BITS * _BITS:
        raise ValueError(f"'{text}' is out of range")
    return value % _BITS


def stod(text: str) -> float:
    """`std::stod`: the number that the text begins with; what follows is ignored.

    Raises:
        ValueError: It does not begin with one.
    """
    found = _LEADING_DOUBLE.match(text)
    if not found:
        raise ValueError(f"'{text}' is not a number")
    value = c_double(found[1])
    plain = found[1].lower()
    mantissa = plain.partition("p" if "x" in plain else "e")[0].removeprefix("-").removeprefix("+")
    too_small = abs(value) < sys.float_info.min and bool(mantissa.removeprefix("0x").strip("0."))
    if (math.isinf(value) and "inf" not in plain) or too_small:
        raise ValueError(f"'{text}' is out of range")
    return value


def split(text: str) -> list[str]:
    """Nvinfer's `split_string`: at every `;`; one at the end adds an empty item."""
    return text.split(";")
