"""How long `azdacli --help` takes, against a bare `python -c pass` and against importing Typer alone."""

import os
import sys

from measure import ROOT, figure, in_turn, report, run


def main() -> None:
    """Run the three in turn and compare."""
    python = sys.executable
    bare, typer, own = in_turn(
        int(os.environ.get("AZDA_BENCH_ROUNDS", "15")),
        lambda: run([python, "-c", "pass"]),
        lambda: run([python, "-c", "import typer"]),
        lambda: run([python, "-m", "azdacli", "--help"], folder=ROOT),
    )
    report(
        {
            "python": figure(bare.seconds, "s"),
            "import_typer": figure(typer.seconds, "s"),
            "help": figure(own.seconds, "s"),
            "help_to_python": figure(own.seconds / bare.seconds, "ratio"),
            "help_to_import_typer": figure(own.seconds / typer.seconds, "ratio"),
        }
    )


if __name__ == "__main__":
    main()
