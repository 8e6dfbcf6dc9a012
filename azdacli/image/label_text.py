"""One `--label NAME=VALUE`, the same for `create` and `publish`."""

import re

from azdacli.errors import SpecError

_NAME = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def parse(text: str) -> tuple[str, str]:
    """Read a `--label NAME=VALUE`.

    Raises:
        SpecError: It is not valid.
    """
    name, equals, value = text.partition("=")
    if not equals:
        raise SpecError(f"the label {text!r} has no value", hint="Write --label NAME=VALUE.")
    check(name, value)
    return name, value


def check(name: str, value: str) -> None:
    """Refuse a label that not every image and every tool can carry.

    Raises:
        SpecError: It has no name, or another one than Docker recommends, or its value has more than one line.
    """
    if not _NAME.fullmatch(name):
        raise SpecError(
            f"{name!r} is not a valid label name", hint="Use lower-case letters, digits, dots and dashes: NAME=VALUE."
        )
    if _CONTROL.search(value):
        raise SpecError(f"the value of the label {name} holds a control character", hint="Write it on one line.")
