"""`python -m azdacli` and the `azdacli` program are the same thing."""

import importlib.util
import sys
import traceback
from types import TracebackType

from azdacli.util import streams


def _bug(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print a mistake of ours as Python does, for whoever mends it; without the secrets that its text may repeat."""
    from azdacli.cli import console  # only needed now
    from azdacli.cli.shown import learn_environment  # same

    learn_environment()
    console.note("".join(traceback.format_exception(kind, error, trace)))


def main() -> None:
    """Run the command line; nobody who reads any more is no failure to speak of."""
    sys.excepthook = _bug
    streams.open_closed()
    try:
        _run()
    except BrokenPipeError:
        streams.hang_up()
    except SystemExit as end:
        if isinstance(end.__context__, BrokenPipeError):  # Typer makes 1 of it, which is a mistake of ours
            streams.hang_up()
        raise


def _run() -> None:
    """Run a verb; a package that is missing from the installation is one sentence."""
    try:
        from azdacli.cli.app import app  # what it stands on may be missing

        app(prog_name="azdacli")
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if not package or package in sys.stdlib_module_names or importlib.util.find_spec(package):
            raise  # a mistake of ours
        from azdacli.errors import SpecError  # only needed now
        from azdacli.simulation import own_package  # same

        sys.stderr.write(
            f"error: this installation of azdacli is not whole: the package '{package}' is missing\n"
            f"hint: {sys.executable} -m pip install --force-reinstall {own_package.itself()}\n"
        )
        sys.exit(SpecError.exit_code)


if __name__ == "__main__":
    main()
