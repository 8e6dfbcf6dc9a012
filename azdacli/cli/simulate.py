"""`azdacli simulate`."""

import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from azdacli.cli import console, options
from azdacli.cli.program_flow import simulate_program
from azdacli.cli.progress import MovingLine
from azdacli.cli.simulate_flow import Given, check_sources, models_of, sources_of
from azdacli.cli.view import serve
from azdacli.errors import ParserError, SimulationError, SpecError
from azdacli.image import catalog
from azdacli.simulation import output
from azdacli.simulation.configuration import PIPELINE, configuration
from azdacli.simulation.output import Output
from azdacli.simulation.process import Ended, Simulator
from azdacli.simulation.program import Program
from azdacli.simulation.source import Source
from azdacli.simulation.stills import as_png
from azdacli.simulation.summary import Summary

_INSPECT_SECONDS = 15


EXAMPLES = (
    "azdacli simulate ./custom-assets --source street.mp4 --output out",
    "azdacli simulate deepstream_test_1.py --report -- street.h264",
)
MODELS = "Models"


def simulate(
    location: Annotated[
        Path | None,
        typer.Argument(
            metavar="FOLDER|FILE|PROGRAM",
            help="A folder with configuration and parser, or its .zip; the configuration itself; settings of the "
            "runtime or a deployment manifest (.json); or a DeepStream program.",
            show_default=False,
        ),
    ] = None,
    arguments: Annotated[
        list[str] | None, typer.Argument(metavar="-- ARGUMENTS", help="A program's arguments.", show_default=False)
    ] = None,
    *,
    source: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SOURCE",
            help="A video, an image, rtsp://host/path, /dev/video0, or test:ball for a test video of 3 seconds; "
            "repeatable: several make a batch.",
            show_default="those of the settings",
        ),
    ] = None,
    username: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="For a camera; the password comes from AZDA_CAMERA_PASSWORD or is asked for."
        ),
    ] = None,
    seconds: Annotated[
        float,
        typer.Option(
            callback=options.finite,
            min=0,
            metavar="N",
            help="So much of the video; a camera is stopped after that time.",
            show_default="the end; Ctrl-C for a camera",
        ),
    ] = 0.0,
    release: options.Release = "",
    report: Annotated[
        bool, typer.Option("--report", help="After a program, list on stderr what it used that is approximated.")
    ] = False,
    python: Annotated[
        str | None,
        typer.Option(
            metavar="PROGRAM",
            help="The interpreter for the pipeline.",
            show_default="this one, else the distribution's",
        ),
    ] = None,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", rich_help_panel=MODELS, help="The primary model's configuration.")
    ] = None,
    parser: Annotated[
        Path | None, typer.Option(metavar="FILE", rich_help_panel=MODELS, help="The primary model's Python parser.")
    ] = None,
    secondary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CONFIG[,PARSER]", rich_help_panel=MODELS, help="A secondary model with its parser; repeatable."
        ),
    ] = None,
    pipeline: Annotated[
        str,
        typer.Option(
            metavar="ID", rich_help_panel=MODELS, help="Which pipeline of the settings.", show_default="the only one"
        ),
    ] = "",
    tracker: Annotated[
        str,
        typer.Option(
            metavar="TRACKER",
            rich_help_panel=MODELS,
            help="light, or a tracker's configuration.",
            show_default="none",
            autocompletion=options.one_of(("light",)),
        ),
    ] = "",
    parser_timeout: Annotated[
        float,
        typer.Option(
            callback=options.finite,
            min=0.1,
            metavar="N",
            rich_help_panel=MODELS,
            help="Seconds after which a parser's call counts as hanging.",
        ),
    ] = 30.0,
    output: Annotated[
        Path,
        typer.Option(
            metavar="FOLDER", rich_help_panel=options.OUTPUT, help="The folder for the video and the messages."
        ),
    ] = Path("simulation"),
    view: Annotated[
        bool,
        typer.Option(
            "--view",
            rich_help_panel=options.OUTPUT,
            help="Write the video without boxes, and show both in the browser, as `view` does.",
        ),
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Run the pipeline on this machine, without a GPU or Docker, and show what it finds."""
    program = Program.of(location, arguments or ())
    if program is not None:
        options_given = {"--source": source, "--config": config, "--parser": parser, "--secondary": secondary}
        simulate_program(
            program, [*(name for name, value in options_given.items() if value)], python, _release(release), report
        )
    if report:
        raise SpecError("--report is for a program", hint="The messages and the picture show what a pipeline found.")
    given = Given(location, config, parser, tuple(secondary or ()), tracker, pipeline)
    check_sources(source or (), location)
    with tempfile.TemporaryDirectory(prefix="azdacli-") as folder:
        scratch = Path(folder, "unpacked")
        models = models_of(given, scratch)
        sources, notes = sources_of(source or (), models)
        for note in notes:
            console.note(note)
        videos = as_png(_with_login(sources, username), Path(folder))
        simulator = Simulator.find(python, release=_release(release))
        written = Output.prepare(output, drawn=not view)
        settings = json.dumps(configuration(models, _with_test_videos(videos, Path(folder), simulator), drawn=not view))
        words = ["--repeatable", "--explain", "--messages", written.messages, "--picture", written.picture]
        words += ["--seconds", seconds, "--inspect-sources", _INSPECT_SECONDS]
        progress = MovingLine()

        def show(news: Any) -> None:
            if line := _frames(news):
                progress.show(line)

        try:
            say = partial(_say, progress, given, scratch)
            ended = simulator.run(settings, list(map(str, words)), parser_timeout=parser_timeout, news=show, say=say)
        except BaseException:
            written.abandon()
            raise
        finally:
            progress.clear()
    cut_off = ended.interrupted and not any(video.is_live for video in videos)  # for a camera it is the way to end
    ended = replace(ended, report=given.renamed(ended.report, scratch))
    _conclude(ended, written, cut_off=cut_off, as_json=as_json)
    if cut_off:
        raise KeyboardInterrupt
    if view:
        serve([output], None)


def _say(progress: MovingLine, given: Given, scratch: Path, line: str) -> None:
    progress.note(given.renamed(line, scratch))


def _release(wanted: str) -> str:
    """The release whose bindings are simulated: the catalog says which there are."""
    table = catalog.load()
    return table.release(wanted or table.default).version


def _with_test_videos(videos: Sequence[Source], folder: Path, simulator: Simulator) -> list[Source]:
    """Make the test videos; those that are the same are made once."""
    made: dict[tuple[str, int], Source] = {}
    for video in videos:
        wanted = (video.test_pattern, video.test_seconds)
        if video.test_pattern and wanted not in made:
            file = folder / str(video.test_seconds) / f"{video.test_pattern}.mp4"
            file.parent.mkdir(exist_ok=True)
            simulator.write_test_video(file, *wanted)
            made[wanted] = Source.file(file)
    files = [made.get((video.test_pattern, video.test_seconds), video) for video in videos]
    return [replace(file, sensor=video.sensor) for file, video in zip(files, videos, strict=True)]


def _with_login(videos: Sequence[Source], username: str | None) -> list[Source]:
    if username is not None and not any(video.is_network_camera for video in videos):
        raise SpecError("--username is for a camera", hint="Drop it, or give --source rtsp://….")
    password = os.environ.get("AZDA_CAMERA_PASSWORD")
    known = []
    for video in videos:
        name = username or video.username
        if not (name and video.is_network_camera):
            known.append(video)
            continue
        if password is None:
            password = console.ask_password(f"Password of {name} at the camera")
        known.append(replace(video, username=name, password=password))
    return known


def _conclude(ended: Ended, written: Output, *, cut_off: bool, as_json: bool) -> None:
    """Print what came of it, and fail where something failed; an earlier run's files stay then."""
    report = (ended.report or {}).get(PIPELINE)
    written = written.with_picture((report or {}).get("picture") or "")
    well = report is not None and Summary(report=report, output=written).ok and not cut_off
    left = written.keep() if well else written.abandon()
    if ended.report is None and ended.interrupted:  # before there was anything to stop in order
        raise KeyboardInterrupt
    if ended.report is None:
        raise _vanished(ended)
    if report is None:
        raise SimulationError("the pipeline could not be set up", hint="The lines above say why.")
    summary = Summary(report=report, output=left)
    output.note(left, summary.as_json())
    if as_json:
        console.result_json(summary.as_json())
    elif summary.report.get("frames"):
        console.result(summary.text())
    failure = summary.report["failure"]
    if failure:
        kind = SimulationError if failure["kind"] in ("pipeline", "output") else ParserError
        raise kind(failure["message"].rstrip("."), hint=failure["hint"] or None)
    if summary.parser_failures:
        raise ParserError(
            f"parsers failed {summary.parser_failures} times in {summary.report['frames']} frames",
            hint="The lines above say why; on a device each failure costs that frame's detections.",
        )
    if not summary.report["frames"]:
        raise SimulationError("the source gave no frame", hint="Play the video with another program: is it whole?")


def _vanished(ended: Ended) -> Exception:
    how = f"was killed by signal {-ended.code}" if ended.code < 0 else f"ended with exit code {ended.code}"
    return ParserError(
        f"the pipeline's process {how} in the middle of the video",
        hint="A parser that calls os._exit, or a compiled extension of it that crashes, does this.",
    )


def _frames(news: Any) -> str:
    """How far the pipeline is; empty before its first frame."""
    reported = news["pipelines"].get(PIPELINE)
    if not reported or not reported["frames"]:
        return ""
    share = f", {min(1.0, reported['position'] / reported['duration']):.0%}" if reported["duration"] else ""
    return f"{reported['frames']} frames{share}"
