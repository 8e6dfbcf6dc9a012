"""`azdacli validate-parser`."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from azdacli import __version__, parser_check
from azdacli.cli import archive_flow, console, options, run_flow
from azdacli.errors import ParserError, SpecError
from azdacli.image.spec import Target
from azdacli.parser_check.finding import Report
from azdacli.parser_check.report import data, pages, sarif_log, text

RUNNING = "Running the parser"
EXAMPLES = (
    "azdacli validate-parser ./custom-assets --run --keep ./inputs",
    "azdacli validate-parser parser.py --config pgie_config.txt --deepstream 7.1 --strict",
)


def validate_parser(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE...",
            help="Parsers, configurations, ONNX models, or folders that hold them, or their .zip.",
            show_default=False,
        ),
    ] = None,
    *,
    config: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="The nvinfer or nvinferserver configuration of the model; repeatable."),
    ] = None,
    model: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The ONNX model, when it is not where the configuration says."),
    ] = None,
    release: options.Release = "",
    device_type: options.DeviceType = "",
    run: options.Run = None,
    run_parser: Annotated[
        bool,
        typer.Option(
            "--run-parser",
            rich_help_panel=RUNNING,
            help="Run the parser too, in a sandbox, on what its model gives and on what it could give. "
            "`--run` without a command means the same.",
        ),
    ] = False,
    shapes: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=SHAPE",
            rich_help_panel=RUNNING,
            help="A layer's shape where there is no model, as output0=1x25200x85 or ids=1x100:int32; repeatable.",
        ),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", rich_help_panel=RUNNING, help="Write the inputs that show a finding into this folder."
        ),
    ] = None,
    replay: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE|DIR",
            rich_help_panel=RUNNING,
            help="Run the parser on recorded tensors, and compare with what it gave then; repeatable.",
        ),
    ] = None,
    images: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER|VIDEO",
            rich_help_panel=RUNNING,
            help="Run the model on these pictures and the parser on what it gives; they are drawn, and a sheet of all, "
            "into the folder of --keep (parser-images).",
        ),
    ] = None,
    record: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            rich_help_panel=RUNNING,
            help="Write what the model gives and what the parser makes of it, for --replay.",
        ),
    ] = None,
    timeout: Annotated[
        float,
        typer.Option(
            callback=options.finite,
            metavar="SECONDS",
            min=1,
            max=600,
            rich_help_panel=RUNNING,
            help="How long one call of the parser may take.",
        ),
    ] = 10,
    strict: options.Strict = False,
    explain: Annotated[
        str | None,
        typer.Option(
            metavar="RULE",
            rich_help_panel=options.CHECKS,
            help="Explain a rule by its id or name (`all` lists them) and stop.",
            autocompletion=options.rules,
        ),
    ] = None,
    as_json: options.Json = False,
    sarif: Annotated[
        bool, typer.Option("--sarif", rich_help_panel=options.OUTPUT, help="Print a SARIF 2.1.0 log.")
    ] = False,
    github: Annotated[
        bool,
        typer.Option("--github", rich_help_panel=options.OUTPUT, help="Print annotations for a GitHub workflow."),
    ] = False,
    azure: Annotated[
        bool,
        typer.Option("--azure", rich_help_panel=options.OUTPUT, help="Print annotations for an Azure pipeline."),
    ] = False,
) -> None:
    """Check a parser against its contract, its configuration and its model; with --run, run it too."""
    if explain is not None:
        if sarif or github or azure:
            raise SpecError("--explain prints text or JSON", hint="Leave out --sarif, --github and --azure.")
        _explain(explain, as_json=as_json)
        return
    if not paths and not config:
        raise SpecError("nothing to check", hint="Give a parser, a configuration or a folder.")
    if as_json + sarif + github + azure > 1:
        raise SpecError("--json, --sarif, --github and --azure exclude each other", hint="Give one of them.")
    wanted = run_flow.Wanted(
        run=run_parser,
        shapes=tuple(shapes or ()),
        keep=keep,
        replay=tuple(replay or ()),
        images=images,
        record=record,
        model=model,
        seconds=timeout,
    )
    with archive_flow.unpacked(paths or []) as given:
        report, runnables = parser_check.check_and_pair(
            given.paths,
            configs=config or (),
            models=(model,) if model else (),
            release=release or None,
            target=Target.parse(device_type) if device_type else None,
            runs=run or (),
        )
        if not report.files:
            raise SpecError(
                f"no parser and no configuration was found in {_listed(paths or [])}",
                hint="Give the files themselves, or the folder that holds parser.py and the configuration.",
            )
        report, ran, refused = run_flow.run(report, runnables, wanted)
        report, runs = given.report(report), given.named(run_flow.as_json(ran))
    if as_json or sarif:
        console.result_json(
            {**data.as_json(report, strict=strict), **({"ok": False} if refused else {}), **runs}
            if as_json
            else sarif_log.as_sarif(report, __version__)
        )
    elif github:
        console.result(data.as_github(report))
    elif azure:
        console.result(data.as_azure(report))
    else:
        console.rendered(text.render(report, colour=console.coloured(sys.stdout)), sys.stdout)
    if refused:
        raise ParserError(str(refused[0]), hint=refused[0].hint)
    _conclude(report, strict=strict)


def rewritten(typed: Sequence[str]) -> list[str]:
    """Distinguish `--run`, which runs the parser, from `--run COMMAND`, which says what the image's build runs."""
    words = list(typed)
    for index, word in enumerate(words):
        if word == "--":
            break
        if word == "--run":
            value = words[index + 1] if index + 1 < len(words) else ""
            if not value or value.startswith("-") or _is_path(value):
                words[index] = "--run-parser"
    return words


def _is_path(value: str) -> bool:
    """Whether it is something to check; a command of one word is on the PATH, and has no blank and no slash."""
    blank = any(character.isspace() for character in value)
    return Path(value).exists() or (not blank and ("/" in value or value.endswith((".py", ".txt", ".onnx"))))


def _explain(name: str, *, as_json: bool) -> None:
    found = pages.explain(name)
    if found is None:
        like = pages.nearest(name)
        hint = f"Did you mean '{like}'?" if like else "`azdacli validate-parser --explain all` lists the rules."
        raise SpecError(f"there is no rule '{name}'", hint=hint)
    if as_json:
        console.result_json(data.rules_as_json(pages.named(name)))
    else:
        console.result(found)


def _listed(paths: Sequence[Path]) -> str:
    return ", ".join(f"'{path}'" for path in paths[:5]) + (", …" if len(paths) > 5 else "")  # noqa: PLR2004 # as many as fit a line


def _conclude(report: Report, *, strict: bool) -> None:
    """Fail when something is wrong."""
    if report.failed(strict=strict):
        worst = next(f for f in report.findings if f.severity.value == "error" or strict)
        raise ParserError(report.summary, hint=f"`azdacli validate-parser --explain {worst.rule.id}` explains a rule.")
