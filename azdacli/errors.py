"""Every failure that azdacli can report to a user.

AzdaError
├── SpecError          3   what was asked for is impossible: a flag, a release, an asset
├── ParserError        4   a parser or a configuration breaks its contract
├── EngineError        5   no container engine answers, or it refused
│   └── BuildError     6   the engine ran the build and a step failed
├── RegistryError      7   the registry is away, refused the login or the transfer
├── ManifestError      8   the deployment manifest would not work on the device
├── DeployError        9   the IoT hub is away or refused
└── SimulationError   10   the simulated pipeline cannot start or failed

Exit code 0 is success, 1 a bug of ours (with its traceback), 2 wrong usage of the command line,
130 an interruption by the user.
"""

from typing import ClassVar


class AzdaError(Exception):
    """A failure the user can act on: one sentence, and what to do next.

    Args:
        message: One sentence that names the thing that failed.
        hint: What to do next; printed on a line of its own.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = hint

    def as_json(self) -> dict[str, object]:
        """The object that every verb prints under `error` with --json: `kind`, `exitCode`, `message`, `hint`."""
        kind = type(self).__name__.removesuffix("Error").lower()
        return {"kind": kind, "exitCode": self.exit_code, "message": str(self), "hint": self.hint}


class SpecError(AzdaError):
    """What was asked for is impossible."""

    exit_code: ClassVar[int] = 3


class ParserError(AzdaError):
    """A parser or a configuration breaks its contract."""

    exit_code: ClassVar[int] = 4


class EngineError(AzdaError):
    """No container engine answers, or it refused."""

    exit_code: ClassVar[int] = 5


class BuildError(EngineError):
    """The engine ran the build and a step failed.

    Args:
        message: One sentence that names the failing step.
        hint: What to do next.
        log: The last lines that the step printed.
    """

    exit_code: ClassVar[int] = 6

    def __init__(self, message: str, *, hint: str | None = None, log: tuple[str, ...] = ()) -> None:
        super().__init__(message, hint=hint)
        self.log = log


class RegistryError(AzdaError):
    """The registry is away, refused the login or the transfer."""

    exit_code: ClassVar[int] = 7


class ManifestError(AzdaError):
    """The deployment manifest would not work on the device."""

    exit_code: ClassVar[int] = 8


class DeployError(AzdaError):
    """The IoT hub is away or refused."""

    exit_code: ClassVar[int] = 9


class SimulationError(AzdaError):
    """The simulated pipeline cannot start or failed."""

    exit_code: ClassVar[int] = 10
