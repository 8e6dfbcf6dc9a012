"""The command line: which verbs there are, and the one place where an error becomes an exit code."""

import importlib
import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from azdacli.cli import console
from azdacli.cli.shown import shown
from azdacli.cli.verb import CONTEXT, Verb
from azdacli.util.suggest import near

INTERRUPTED = 130
USAGE = 2

# Verb -> the first line of its help. A verb's module is imported only when the verb is used, so that
# `azdacli --help` stays fast; a test holds these lines against the docstrings.
COMMANDS: Mapping[str, str] = {
    "init": "Make a folder with configuration, parser and deployment template for a model.",
    "inspect": "Describe a model: its family, the input it expects, and what a release does not support.",
    "validate-parser": "Check a parser against its contract, its configuration and its model; with --run, run it too.",
    "simulate": "Run the pipeline on this machine, without a GPU or Docker, and show what it finds.",
    "view": "Show in the browser what a pipeline saw, frame by frame, and draw regions of interest.",
    "evaluate": "Measure the pipeline on a labelled set: mAP and AP50, or a classifier's accuracy.",
    "create": "Build an image from a model, its configuration and its parser.",
    "push": "Push an image to a registry, and print its name with its digest.",
    "publish": "Add a new model or parser to an image in a registry, without a container engine.",
    "images": "List the versions of an image in its registry, and delete or lock them.",
    "build": "Build any other Dockerfile, such as the business logic's.",
    "gen-manifest": "Write the deployment manifest of a device, checked offline.",
    "deploy": "Send a manifest to a device, or to many, through IoT Hub.",
    "doctor": "Check this machine, and show the command that fixes each finding.",
}


class LazyGroup(TyperGroup):
    """Finds a verb in `azdacli/cli/` when it is used."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Look for --json before anything can be wrong with the line."""
        ctx.obj = {"as_json": "--json" in args}
        return list(super().parse_args(ctx, args))

    def list_commands(self, ctx: Any) -> list[str]:  # the signature is Click's
        """Name the verbs in the order of a user's work."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # the signature is Click's
        """Import one verb's module and return its command, None when there is no such verb."""
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        module = importlib.import_module(f"azdacli.cli.{name}")
        verb = typer.Typer(rich_markup_mode=None, add_completion=False, pretty_exceptions_enable=False)
        verb.command(cmd_name, cls=Verb, context_settings=CONTEXT)(getattr(module, name))
        command: Any = typer.main.get_command(verb)
        command.examples = module.EXAMPLES
        command.rewritten = getattr(module, "rewritten", None)
        return command

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find a verb; a usage error names the one that was nearly written."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            close = near(args[0], COMMANDS, cutoff=0.6)
            ctx.fail(f"There is no verb '{shown(args[0])}'." + (f" Did you mean '{close}'?" if close else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # the signature is Click's
        """Print the verbs from the table above, without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: Any) -> Any:
        """Run the verb; say that it was interrupted, and with --json what is wrong with the command line."""
        console.begin()
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            console.note("interrupted")
            sys.exit(INTERRUPTED)
        except Exception as error:
            if not hasattr(error, "format_message"):  # a usage error of Typer's, whose classes are private
                raise
            _show(error, as_json=ctx.obj["as_json"])
            raise


def _show(error: Any, *, as_json: bool) -> None:
    """Take secrets and escapes out of a usage error, which repeats what was typed: an address with its password."""
    error.message = shown(str(error.message))
    if as_json:
        failure = {"kind": "usage", "exitCode": USAGE, "message": shown(error.format_message()), "hint": None}
        console.result_json({"ok": False, "error": failure})


app = typer.Typer(
    cls=LazyGroup,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings=CONTEXT,
)


def _version(asked: bool) -> None:
    if asked:
        from azdacli.util import installation  # it may ask git, which nobody else needs

        console.result(f"azdacli {installation.version()}")
        raise typer.Exit


@app.callback()
def azdacli(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Bring your own vision model to NVIDIA DeepStream at the edge."""
    _ = version  # handled by its callback
