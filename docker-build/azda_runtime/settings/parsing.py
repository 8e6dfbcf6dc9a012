"""Reading JSON text strictly."""

import json
import math

from azda_runtime.problems import InvalidValueError

# IoT Hub's twins have 32 KB and its messages 256 KB; what is much longer would fill the memory when it is read.
LARGEST_DOCUMENT = 1024 * 1024
# A twin nests ten levels at most (IoT Hub's developer guide, "Understand and use device twins").
_DEEPEST = 50


def parse_json(text: str | bytes) -> object:
    """Read one JSON document strictly: UTF-8, no NaN or Infinity, neither very long nor very deep.

    Raises:
        InvalidValueError: It is no such document; the message says where.
    """
    if not text.strip():
        raise InvalidValueError("There is no configuration.", hint="Hand in the value of azdaConfiguration as JSON.")
    if len(text) > LARGEST_DOCUMENT:
        raise InvalidValueError(
            f"The document is longer than {LARGEST_DOCUMENT} characters.", hint="Split it between modules."
        )
    try:
        decoded = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        return _shallow(json.loads(decoded, parse_constant=_refuse_constant, parse_float=_finite))
    except UnicodeDecodeError as error:
        raise InvalidValueError(
            f"The document is not UTF-8: byte {error.start} cannot be read.", hint="Save it as UTF-8."
        ) from None
    except json.JSONDecodeError as error:
        raise InvalidValueError(
            f"The document is not JSON: {error.msg}, line {error.lineno}, column {error.colno}.",
            hint="Check the quotes, commas and braces there.",
        ) from None
    except RecursionError:
        raise InvalidValueError("The document is nested too deeply.", hint="A twin nests ten levels at most.") from None
    except ValueError as error:
        raise InvalidValueError(f"The document is not JSON: {error}.", hint="Check its numbers.") from None


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError("a number is too large")
    return value


def _shallow(document: object) -> object:
    """Refuse what nests deeply: whoever writes or compares it again has less room on the stack than its reader had."""
    level = [document]
    for _ in range(_DEEPEST):
        level = [
            member
            for each in level
            if isinstance(each, (dict, list))
            for member in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return document
    raise RecursionError
