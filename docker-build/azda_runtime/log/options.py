"""The options of subcommands that log, and the variable that IoT Edge's own modules obey."""

import argparse
import logging
import os

from azda_runtime.log.handler import Form, configure
from azda_runtime.log_levels import NAMES, LogLevels, log_level_of

# The level of edgeAgent and edgeHub; a deployment sets it for all of its modules.
VARIABLE = "RuntimeLogLevel"

_log = logging.getLogger(__name__)


def add_log_options(parser: argparse.ArgumentParser) -> None:
    """Add --log-level and --log-format."""
    parser.add_argument(
        "--log-level",
        metavar="LEVEL",
        type=_level,
        help=f"how much is logged where the configuration has no logLevel: {', '.join(NAMES)}; default: information",
    )
    parser.add_argument(
        "--log-format",
        choices=[Form.TERMINAL.value, Form.IOT_EDGE.value],
        help="how lines are written; default: iot-edge in IoT Edge, else terminal",
    )


def configure_from(options: argparse.Namespace) -> LogLevels:
    """Configure the log by a command line; returns the levels that it asks for."""
    variable = os.environ.get(VARIABLE, "")
    level = options.log_level or log_level_of(variable)
    levels = LogLevels(default=level)
    configure(Form(options.log_format) if options.log_format else None, levels)
    if variable and log_level_of(variable) is None:
        _log.warning("There is no log level %s, which %s names.", repr(variable[:60]), VARIABLE)
    return levels


def _level(text: str) -> object:
    level = log_level_of(text)
    if level is None:
        raise argparse.ArgumentTypeError(f"there is no log level {text[:60]!r}; use one of {', '.join(NAMES)}")
    return level
