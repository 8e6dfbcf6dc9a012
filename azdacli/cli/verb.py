"""What every verb does besides its own work: help in groups with examples, failures as one message and an exit code."""

import sys
from collections.abc import Callable, Sequence
from typing import Any

from typer.core import TyperCommand

from azdacli.cli import console
from azdacli.errors import AzdaError

WIDEST = 120  # columns; longer lines of prose are hard to read
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": WIDEST}


class Verb(TyperCommand):
    """One command: its options print in their groups, its AzdaErrors end it with their exit code.

    Attributes:
        examples: Command lines that the help shows.
        rewritten: Turns what was typed into what is parsed, where an option can stand with and without a value.
    """

    examples: Sequence[str] = ()
    rewritten: Callable[[Sequence[str]], list[str]] | None = None

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse what was typed."""
        return list(super().parse_args(ctx, args if self.rewritten is None else self.rewritten(args)))

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Print the arguments, then the options under the title of their group."""
        groups: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None:
                groups.setdefault(_group(parameter), []).append(record)
        for title in sorted(groups, key=_location):
            with formatter.section(title):
                formatter.write_dl(groups[title])

    def format_epilog(self, ctx: Any, formatter: Any) -> None:  # the signature is Typer's
        """Print the examples as they can be typed: never wrapped."""
        if self.examples:
            with formatter.section("Examples"):
                for example in self.examples:
                    formatter.write(f"{'':>{formatter.current_indent}}{example}\n")

    def invoke(self, ctx: Any) -> Any:
        """Run the verb; an AzdaError becomes one message, with --json one object, and its own exit code."""
        try:
            return super().invoke(ctx)
        except AzdaError as error:
            console.failure(error, as_json=bool(ctx.params.get("as_json")))
            sys.exit(error.exit_code)


_ORDER = (
    "Arguments",
    "Options",
    "Many devices",
    "Models",
    "Assets",
    "Build",
    "Pipelines",
    "Modules and images",
    "Registry",
    "Deleting and locking",
    "Checks",
    "Output",
)


def _group(parameter: Any) -> str:
    if parameter.param_type_name == "argument":
        return "Arguments"
    return str(getattr(parameter, "rich_help_panel", None) or "Options")


def _location(title: str) -> int:
    return _ORDER.index(title) if title in _ORDER else len(_ORDER)
