"""Reading JSON text strictly."""

import json
import math

from azda_runtime.problems import InvalidValueError


def parse_json(text: str | bytes) -> object:
    """Read one JSON document strictly: UTF-8, no NaN or Infinity, no bottomless nesting.

    Raises:
        InvalidValueError: It is no such document; the message says where.
    """
    if not text.strip():
        raise InvalidValueError("There is no configuration.", hint="Hand in the value of azdaConfiguration as JSON.")
    try:
        decoded = text.decode("utf-8-sig") if isinstance(text, bytes) else text
        return json.loads(decoded, parse_constant=_refuse_constant, parse_float=_finite)
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
    raise ValueError(f"{name} is no JSON number")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError("a number is too large")
    return value
