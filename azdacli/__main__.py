"""`python -m azdacli` and the `azdacli` program are the same thing."""

import importlib.util
import sys
import traceback
from types import TracebackType


def _bug(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print a mistake of ours as Python does, for whoever mends it; without the secrets that its text may repeat."""
    from azdacli.cli import console  # only needed now
    from azdacli.cli.shown import learn_environment  # same

    learn_environment()
    console.note("".join(traceback.format_exception(kind, error, trace)))


def main() -> None:
    """Run the command line; a package that is missing from the installation is one sentence."""
    sys.excepthook = _bug
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
