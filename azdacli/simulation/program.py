"""Runs a whole DeepStream program, unmodified, on the simulated DeepStream."""

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from azdacli.errors import SpecError
from azdacli.simulation.process import Simulator

REPORT = "AZDA_SIMULATION_REPORT"
"""The variable that names the file where the simulator writes what a program used."""


@dataclass(frozen=True, slots=True)
class Program:
    """A Python program and its arguments.

    Attributes:
        file: The program.
        arguments: What follows `--`.
    """

    file: Path
    arguments: tuple[str, ...] = ()

    @classmethod
    def of(cls, location: Path | None, arguments: Sequence[str]) -> "Program | None":
        """The program that a location names; None where it names no Python file.

        Raises:
            SpecError: There is no such file, or arguments are given without a program.
        """
        if location is None or location.suffix != ".py":
            if arguments:
                raise SpecError(
                    f"'{arguments[0]}' is one word too many",
                    hint="What follows `--` is for a program: azdacli simulate program.py -- ARGUMENTS.",
                )
            return None
        if not location.is_file():
            raise SpecError(f"there is no program '{location}'", hint="Give the path of the Python file.")
        return cls(file=location, arguments=tuple(arguments))

    def run(self, simulator: Simulator, *, report: Path | None = None) -> int:
        """Run it to its end, on our own terminal and in the working directory.

        Args:
            simulator: The interpreter with its environment.
            report: Where the simulator writes what the program used.

        Returns:
            Its exit code; 128 and the signal's number when a signal ended it.
        """
        environment: Mapping[str, str] = {**simulator.environment, **({REPORT: str(report)} if report else {})}
        command = [simulator.python, str(self.file), *self.arguments]
        with subprocess.Popen(command, env=environment) as child:  # the user's own program, as they would start it
            while True:
                try:
                    code = child.wait()
                    break
                except KeyboardInterrupt:  # the terminal has sent it to the program too: it ends as it likes
                    continue
        return code if code >= 0 else 128 - code


def approximations(report: Path) -> dict[str, list[str]]:
    """What a program used -> how the simulator differs from a device there, in the order of first use."""
    found: dict[str, list[str]] = {}
    lines = report.read_text(encoding="utf-8").splitlines() if report.is_file() else []
    for line in lines:
        entry = json.loads(line)
        sentences = found.setdefault(entry["subject"], [])
        sentences += [each for each in entry["approximated"] if each not in sentences]
    return found
