"""Why a pipeline does not run."""

from collections.abc import Mapping
from dataclasses import dataclass
from signal import Signals
from typing import Any

_LONGEST = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """Why a pipeline does not run.

    Attributes:
        kind: configuration, parser, archive, pipeline, hang, output, end or crash.
        message: One sentence; holds no secret.
        hint: What to do about it.
        final: Whether it fails again as long as the configuration stays: it is not tried again until that changes.
    """

    kind: str
    message: str
    hint: str = ""
    final: bool = False

    def as_json(self) -> dict[str, str]:
        """The failure as plain data."""
        reported = {"kind": self.kind, "message": self.message[:_LONGEST], "hint": self.hint[:_LONGEST]}
        return {key: value for key, value in reported.items() if value}

    @classmethod
    def of(cls, reported: Mapping[str, Any]) -> "Failure":
        """What a worker reported about its end."""
        return cls(
            kind=str(reported.get("kind", "pipeline"))[:_LONGEST],
            message=str(reported.get("message", ""))[:_LONGEST],
            hint=str(reported.get("hint", ""))[:_LONGEST],
            final=reported.get("final") is True,
        )


def failure_of_exit(code: int) -> Failure:
    """The failure of a process that ended without a word.

    Args:
        code: Its exit code; negative for the signal that killed it.
    """
    if code >= 0:
        return Failure(
            kind="crash",
            message=f"The process ended with exit code {code} and did not say why.",
            hint="A parser, or a library that it uses, ends the process; look at the lines before this one.",
        )
    try:
        name = Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    hint = "A library crashed below Python; look at the lines before this one."
    if name == "SIGKILL":
        hint = "The system kills what needs more memory than there is: look at the device's kernel log."
    elif name == "SIGALRM":
        hint = "It hung: a compiled extension computes without end, or a driver does not answer."
    return Failure(kind="crash", message=f"The process was ended by {name}.", hint=hint)
