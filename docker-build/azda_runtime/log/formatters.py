"""How a record is written: for a terminal, for IoT Edge's log, and for the supervisor of a child process."""

import json
import logging
from datetime import datetime, timezone

from dsconfig.printable import printable

_WORDS = {logging.DEBUG: "debug: ", logging.WARNING: "warning: ", logging.ERROR: "error: ", logging.CRITICAL: "error: "}
# Syslog's severities, by which edgeAgent's GetModuleLogs filters, and the abbreviations of IoT Edge's own modules.
_SEVERITIES = {
    logging.DEBUG: (7, "DBG"),
    logging.INFO: (6, "INF"),
    logging.WARNING: (4, "WRN"),
    logging.ERROR: (3, "ERR"),
    logging.CRITICAL: (2, "FTL"),
}
RELAYED = '{"azdaLog": '
_LONGEST_TEXT = 4 * 1024
# A character takes twelve bytes at most; text and hint are cut each.
LONGEST_RELAYED = 2 * 12 * _LONGEST_TEXT + 1024


def _text(record: logging.LogRecord, formatter: logging.Formatter) -> str:
    """A record's text, with the pipeline before it where there is one."""
    text = logging.Formatter.format(formatter, record).rstrip()
    pipeline = getattr(record, "pipeline", None)
    return text if not pipeline or text.startswith(f"{pipeline}: ") else f"{pipeline}: {text}"


def _hint(record: logging.LogRecord) -> str:
    hint = getattr(record, "hint", None)
    return f"hint: {hint}" if hint else ""


class TerminalFormatter(logging.Formatter):
    """``error: text``, and ``hint: what to do`` on a line of its own; information has no word before it."""

    def format(self, record: logging.LogRecord) -> str:
        """Make the lines of a record."""
        text = f"{_WORDS.get(record.levelno, '')}{_text(record, self)}"
        return printable("\n".join(filter(None, [text, _hint(record)])))


class IotEdgeFormatter(logging.Formatter):
    """``<6> 2026-11-30 12:00:00.000 +00:00 [INF] [module] - text``.

    Each line of a record gets it all: edgeAgent reads line by line, and no text can pass for another record.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Make the lines of a record."""
        moment = datetime.fromtimestamp(record.created, timezone.utc)
        severity, level = _SEVERITIES.get(record.levelno, _SEVERITIES[logging.INFO])
        time = f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03d} +00:00"
        start = f"<{severity}> {time} [{level}] [{record.name}] - "
        lines = printable("\n".join(filter(None, [_text(record, self), _hint(record)]))).split("\n")
        return "\n".join(f"{start}{line}" for line in lines)


class RelayFormatter(logging.Formatter):
    """One line of JSON for the supervisor, which writes the record as its own; what is too long loses its middle."""

    def format(self, record: logging.LogRecord) -> str:
        """Make the line of a record."""
        hint = str(getattr(record, "hint", None) or "")
        fields = {"level": record.levelno, "name": record.name, "text": _cut(_text(record, self)), "hint": _cut(hint)}
        return f"{RELAYED}{json.dumps(fields)}}}"


def _cut(text: str) -> str:
    half = _LONGEST_TEXT // 2
    return text if len(text) <= _LONGEST_TEXT else f"{text[:half]}\n...\n{text[-half:]}"
