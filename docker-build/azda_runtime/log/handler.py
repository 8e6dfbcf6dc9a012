"""The one handler of a process: standard error, whatever is wrong with it."""

import contextlib
import logging
import os
import sys
from enum import Enum

from azda_runtime.log.formatters import IotEdgeFormatter, RelayFormatter, TerminalFormatter
from azda_runtime.log.rate import RateFilter
from azda_runtime.log.redaction import RedactionFilter
from azda_runtime.log_levels import LogLevel, LogLevels

ROOT = "azda_runtime"
# Names the form to a child process; not for people, who have --log-format.
VARIABLE = "AZDA_LOG_FORM"
_IN_IOT_EDGE = "IOTEDGE_WORKLOADURI"
_NUMBERS = {
    LogLevel.DEBUG: logging.DEBUG,
    LogLevel.INFORMATION: logging.INFO,
    LogLevel.WARNING: logging.WARNING,
    LogLevel.ERROR: logging.ERROR,
}
# What processes print is not a record of anybody: it is shown at every level, unless its own is set.
OUTPUT = f"{ROOT}.output"


class Form(Enum):
    """How lines are written."""

    TERMINAL = "terminal"
    IOT_EDGE = "iot-edge"
    RELAY = "relay"


# In the environment of a child process.
RELAYED_FORM = {VARIABLE: Form.RELAY.value}
_FORMATTERS = {Form.TERMINAL: TerminalFormatter, Form.IOT_EDGE: IotEdgeFormatter, Form.RELAY: RelayFormatter}


class _StandardError(logging.Handler):
    """Writes lines to standard error; that nobody reads them, or a full disk, stops nothing."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        with contextlib.suppress(OSError, ValueError):  # ValueError: it is closed
            sys.stderr.write(f"{self.format(record)}\n")
            sys.stderr.flush()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 # logging's own name
        """Do nothing: the standard library's would print the arguments, which may be secrets."""


class _Whose(logging.Filter):
    """Names the pipeline of records that name none."""

    def __init__(self, pipeline: str) -> None:
        super().__init__()
        self.pipeline = pipeline

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record; every record passes."""
        if not hasattr(record, "pipeline"):
            record.pipeline = self.pipeline
        return True


def configure(form: Form | None = None, levels: LogLevels | None = None) -> None:
    """Let the runtime's loggers write to standard error; called again, it begins anew.

    The root logger stays untouched: it belongs to the user's parsers, and a handler there would silence their own
    ``logging.basicConfig``.

    Args:
        form: How lines are written. Without one it is what the parent process asks for, else IoT Edge's in IoT Edge.
        levels: How much is written.
    """
    asked = os.environ.pop(VARIABLE, "")
    if form is None:
        form = Form.IOT_EDGE if os.environ.get(_IN_IOT_EDGE) else Form.TERMINAL
        form = Form.RELAY if asked == Form.RELAY.value else form
    handler = _StandardError()
    handler.setFormatter(_FORMATTERS[form]())
    handler.addFilter(RateFilter())
    handler.addFilter(RedactionFilter())
    root = logging.getLogger(ROOT)
    root.handlers = [handler]
    root.propagate = False
    set_levels(levels or LogLevels())


def set_levels(levels: LogLevels) -> None:
    """Write as much as that from now on."""
    logging.getLogger(ROOT).setLevel(_NUMBERS[levels.default or LogLevel.INFORMATION])
    own = dict(levels.modules)
    for module in LogLevels.MODULES:
        fallback = logging.INFO if f"{ROOT}.{module}" == OUTPUT else logging.NOTSET
        level = own.get(module)
        logging.getLogger(f"{ROOT}.{module}").setLevel(_NUMBERS[level] if level else fallback)


def whose(pipeline: str) -> None:
    """Put a pipeline's name before each line of this process, which runs it alone."""
    for handler in logging.getLogger(ROOT).handlers:
        handler.addFilter(_Whose(pipeline))
