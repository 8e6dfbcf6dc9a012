"""Other programs, asked within a bounded time."""

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SECONDS = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """How a program ended.

    Attributes:
        code: Its exit code; None when it could not be started or did not end in time.
        output: What it printed.
        errors: What it printed on standard error.
        complaint: The last line of that, or why there is no exit code.
    """

    code: int | None
    output: str = ""
    errors: str = ""
    complaint: str = ""

    @property
    def ok(self) -> bool:
        """Whether it ended well."""
        return self.code == 0

    def json(self) -> dict[str, Any]:
        """Its output as one JSON object; empty when it is none."""
        try:
            found = json.loads(self.output)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def find(name: str, environment: Mapping[str, str]) -> str | None:
    """Find a program on the PATH."""
    return shutil.which(name, path=environment.get("PATH"))


def ask(words: Sequence[str], environment: Mapping[str, str], *, seconds: float = SECONDS, stdin: str = "") -> Answer:
    """Run a program with no terminal, and end it when it takes too long."""
    program = find(words[0], environment)
    if program is None:
        return Answer(code=None, complaint=f"there is no program {words[0]}")
    try:
        done = subprocess.run(  # a list of words, no shell
            [program, *words[1:]],
            env=dict(environment),
            input=stdin.encode(),
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Answer(code=None, complaint=f"it did not answer within {seconds:.0f} seconds")
    except (OSError, ValueError) as error:
        return Answer(code=None, complaint=str(getattr(error, "strerror", None) or error))
    errors = done.stderr.decode("utf-8", "replace")
    lines = errors.strip().splitlines()
    return Answer(
        code=done.returncode,
        output=done.stdout.decode("utf-8", "replace"),
        errors=errors,
        complaint=lines[-1] if lines else f"exit code {done.returncode}",
    )
