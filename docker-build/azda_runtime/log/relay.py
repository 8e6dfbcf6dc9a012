"""What a child process wrote to its standard error, as records of this process."""

import json
import logging
import time
from typing import Any

from azda_runtime.log.formatters import RELAYED
from azda_runtime.log.handler import OUTPUT, ROOT
from azda_runtime.log_levels import LogLevels

_LEVELS = (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, logging.CRITICAL)
_LONGEST_NAME = 100


def relay(line: str, about: str) -> None:
    """Write a line of a child: its records as they were, anything else as output of the child.

    A user's parser may have written it: it can choose its text, but neither a logger nor a level that does not exist.

    Args:
        line: What it wrote.
        about: Names the child.
    """
    fields = _fields(line)
    name, level, text, hint = OUTPUT, logging.INFO, line, ""
    if fields is not None:
        name, level, text, hint = fields["name"], fields["level"], fields["text"], fields["hint"]
    module = name.removeprefix(f"{ROOT}.").partition(".")[0]
    # Loggers live as long as the process: none is made for a name from outside.
    logger = logging.getLogger(f"{ROOT}.{module}" if module in LogLevels.MODULES else OUTPUT)
    if logger.isEnabledFor(level):
        extra: dict[str, Any] = {"pipeline": about} if fields is None else {"hint": hint}
        record = logging.LogRecord(name[:_LONGEST_NAME], level, "", 0, text, None, None)
        vars(record).update(extra, created=time.time())
        logger.handle(record)


def _fields(line: str) -> dict[str, Any] | None:
    if not line.startswith(RELAYED):
        return None
    try:
        found = json.loads(line)["azdaLog"]
    except (ValueError, RecursionError, KeyError, TypeError):
        return None
    texts = isinstance(found, dict) and all(type(found.get(key)) is str for key in ("name", "text", "hint"))
    return found if texts and found.get("level") in _LEVELS and found["name"].isascii() else None
