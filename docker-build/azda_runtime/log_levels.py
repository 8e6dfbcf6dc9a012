"""How much is logged: by all of the runtime, and by single modules of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar


class LogLevel(Enum):
    """How much the runtime logs, by the names that twins use."""

    DEBUG = "debug"
    INFORMATION = "information"
    WARNING = "warning"
    ERROR = "error"


NAMES = tuple(level.value for level in LogLevel)

# trace and critical are the predecessor's, verbose and fatal those of IoT Edge's own modules: nothing is finer than our
# debug lines, nor graver than our errors.
_LEVELS = {level.value: level for level in LogLevel} | {
    "trace": LogLevel.DEBUG,
    "verbose": LogLevel.DEBUG,
    "info": LogLevel.INFORMATION,
    "warn": LogLevel.WARNING,
    "critical": LogLevel.ERROR,
    "fatal": LogLevel.ERROR,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class LogLevels:
    """What a configuration says about the log.

    Attributes:
        MODULES: The modules that may have a level of their own: the runtime's folders, and what processes print.
        default: The level of the others; None where nothing is said.
        modules: Module and level, in the order of the names.
    """

    MODULES: ClassVar[tuple[str, ...]] = (
        *(
            "commands",
            "controller",
            "gst",
            "hub",
            "log",
            "metadata",
            "metrics",
            "models",
            "output",
            "parsers",
            "plan",
            "recordings",
        ),
        *("supervisor", "uploader", "worker"),
    )

    default: LogLevel | None = None
    modules: tuple[tuple[str, LogLevel], ...] = ()

    def otherwise(self, other: "LogLevels") -> "LogLevels":
        """These levels, with the default of others where these have none."""
        return self if self.default else LogLevels(default=other.default, modules=self.modules)

    def as_json(self) -> dict[str, Any]:
        """The levels as plain data, by the names that twins use."""
        level = self.default.value if self.default else None
        return {"logLevel": level, "logLevels": {module: each.value for module, each in self.modules}}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> "LogLevels":
        """Read them back from plain data of ours."""
        level = plain["logLevel"]
        modules = tuple((module, LogLevel(each)) for module, each in plain["logLevels"].items())
        return cls(default=LogLevel(level) if level else None, modules=modules)


def log_level_of(text: str) -> LogLevel | None:
    """The level of that name; None when no level has it."""
    return _LEVELS.get(text.strip().lower())
