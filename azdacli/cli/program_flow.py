"""`azdacli simulate PROGRAM`: the program has the terminal; what it used is listed at its end."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import typer

from azdacli.cli import console
from azdacli.errors import SpecError
from azdacli.simulation.process import Simulator
from azdacli.simulation.program import Program, approximations


def simulate_program(
    program: Program, others: Sequence[str], python: str | None, release: str, report: bool
) -> NoReturn:
    """Run a program to its end and end with its exit code.

    Args:
        program: The program with its arguments.
        others: Options that were given and are for a pipeline alone.
        python: The interpreter that was chosen.
        release: The DeepStream release to simulate.
        report: Whether to list what is approximated.

    Raises:
        SpecError: An option does not go with a program.
        SimulationError: Something that the simulator needs is missing.
        typer.Exit: Always, with the program's exit code.
    """
    if others:
        raise SpecError(
            f"{others[0]} is for a pipeline of azdacli's own; a program has its pipeline in its code",
            hint="Give the program's own arguments behind --.",
        )
    simulator = Simulator.find(python, release=release)
    with tempfile.TemporaryDirectory(prefix="azdacli-") as folder:
        used = Path(folder, "used.jsonl")
        code = program.run(simulator, report=used if report else None)
        if report:
            _list(approximations(used))
    raise typer.Exit(code)


def _list(found: dict[str, list[str]]) -> None:
    differing = {subject: sentences for subject, sentences in found.items() if sentences}
    exact = [subject for subject, sentences in found.items() if not sentences]
    if not found:
        console.note("The program used nothing of DeepStream's.")
    for subject, sentences in differing.items():
        for sentence in sentences:
            console.note(f"approximated: {subject}: {sentence}")
    if exact:
        console.note(f"as on a device: {', '.join(exact)}")
