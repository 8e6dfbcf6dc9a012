"""Reading the log levels of a configuration."""

from azda_runtime.log_levels import NAMES, LogLevel, LogLevels, log_level_of
from azda_runtime.problems import did_you_mean, shown
from azda_runtime.settings.node import Node


def read_log_levels(default: Node, modules: Node) -> LogLevels:
    """Read ``logLevel`` and ``logLevels``; what is wrong there costs that level alone."""
    found: dict[str, LogLevel] = {}
    fields = {} if modules.absent else modules.fields(dict.fromkeys(LogLevels.MODULES, "a log level")) or {}
    for name, node in fields.items():
        level = _read_level(node)
        if level is not None:
            found[name] = level
    return LogLevels(default=_read_level(default), modules=tuple(sorted(found.items())))


def _read_level(node: Node) -> LogLevel | None:
    text = None if node.absent else node.text("log level")
    if text is None:
        return None
    level = log_level_of(text)
    if level is None:
        node.error(f"There is no log level {shown(text)}.", did_you_mean(text, NAMES))
    return level
