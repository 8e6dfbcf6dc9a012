"""A filter that takes secrets out of a record before any formatter sees it."""

import logging
from collections.abc import Callable
from typing import Any

from dsconfig.redaction import RUN

# What every record has; whatever else stands there came by `extra`. (`taskName` is newer than Python 3.11.)
_STANDARD = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}
_PLAIN = (int, float, bool, type(None))
_UNREADABLE = "A line that cannot be shown: its text or its arguments are broken."
_exceptions = logging.Formatter()


class RedactionFilter(logging.Filter):
    """Makes one redacted text of a record's message, its arguments, its exception and its stack.

    They are redacted as one text: a secret may be known by a name that the format holds and stand in an argument.

    Args:
        redacted: Takes the secrets out of a value; those of this process and of the usual forms unless given.
    """

    def __init__(self, redacted: Callable[[Any], Any] | None = None) -> None:
        super().__init__()
        self._redacted = redacted or RUN.redacted

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record; every record passes."""
        record.msg, record.args = self._safe(whole_text(record)), None
        record.exc_info = record.exc_text = record.stack_info = None
        for name, value in list(vars(record).items()):
            if name not in _STANDARD and not isinstance(value, _PLAIN):
                setattr(record, name, self._safe(value if isinstance(value, (str, dict, list)) else str(value)))
        return True

    def _safe(self, value: Any) -> Any:
        try:
            return self._redacted(value)
        except Exception:  # noqa: BLE001 # what cannot be redacted may hold a secret, and is not shown
            return _UNREADABLE


def whole_text(record: logging.LogRecord) -> str:
    """All that a record says. Logging itself prints the arguments of a format that they do not fit."""
    try:
        text = record.getMessage()
    except Exception:  # noqa: BLE001 # a broken format, or an argument whose text cannot be made
        text = f"{record.msg} ({_UNREADABLE})" if isinstance(record.msg, str) else _UNREADABLE
    parts = [text, record.exc_text or "", record.stack_info or ""]
    if record.exc_info and not record.exc_text:
        parts[1] = _exceptions.formatException(record.exc_info)
    return "\n".join(part.rstrip() for part in parts if part)
