"""A parser's run from its job to its findings."""

import contextlib
import os
import shlex
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azdacli.errors import ParserError, SpecError
from azdacli.parser_check import ignores, running
from azdacli.parser_check.finding import Finding
from azdacli.parser_check.run import Runnable
from azdacli.parser_run import child, programs, taken
from azdacli.parser_run.sandbox import Sandbox, find
from azdacli.simulation import own_package
from azdacli.simulation.environment import SIMULATOR, own_packages
from azdacli.util import resources

_TRIES = 3  # more starts of a sandbox that does not come up
_MODULE = "simulator.parser_run"
_NEEDED = ("numpy", "onnxruntime", "cv2")
_RECORDED, _SHEET = "recorded.npz", "contact-sheet.png"
_SIGNALLED = 128  # what a shell adds to the signal of its child


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """What a user asks for.

    Attributes:
        model: An ONNX model in the place of the configurations'.
        shapes: Layers, where there is no model: `name`, `dims`, `dtype`.
        keep: Where inputs that show something go.
        replay: Recordings to run on instead.
        images: Pictures or a video to run the model on.
        record: Where tensors and results are recorded.
        frames: How many frames the look for growth takes.
        seconds: How long one call may take.
        streams: How many streams share the time of a frame.
        release: The DeepStream release that is simulated; the default one when it is empty.
    """

    model: Path | None = None
    shapes: tuple[Mapping[str, Any], ...] = ()
    keep: Path | None = None
    replay: tuple[Path, ...] = ()
    images: Path | None = None
    record: Path | None = None
    frames: int = 1000
    seconds: float = 10.0
    streams: int = 1
    release: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ran:
    """One parser's run.

    Attributes:
        path: The parser.
        findings: What was found.
        sandbox: What kept it in.
        lacking: What could not be enforced, in one line; empty when all was.
        calls: How often it was called.
        seconds: How long a call took, the median.
        own: Seconds in the parser, of the frames that were played for growth.
        whole: The same with what is around it.
        pictures: What was drawn, the sheet of all of them first.
    """

    path: Path
    findings: tuple[Finding, ...] = ()
    sandbox: str = ""
    lacking: str = ""
    calls: int = 0
    seconds: float = 0.0
    own: float = 0.0
    whole: float = 0.0
    pictures: tuple[Path, ...] = ()


def run(runnable: Runnable, options: Options) -> Ran:
    """Run one parser.

    Raises:
        SpecError: There is neither a model nor shapes, or the folder for inputs cannot be written.
        ParserError: The model cannot run as it is configured.
    """
    _check(runnable, options)
    with tempfile.TemporaryDirectory(prefix="azda-run-", ignore_cleanup_errors=True) as name:
        folder = Path(name).resolve() / "work"
        folder.mkdir()
        environment = _environment(folder, options.release)
        job = _job(runnable, options, folder)
        sandbox, ended = _start(job, environment, folder)
        _refuse(runnable, ended)
        reported = [*(event for event in ended.events if event["event"] == "finding"), *_end(runnable, ended)]
        for each in reported if ended.last("end") is None else ():
            if each.get("input") and not (folder / f"{each['input']}.npz").exists():
                # Of a call that never came back: a child that makes the input and calls nothing.
                _start({**job, "only": each["input"]}, environment, folder)
        findings = [_finding(runnable, each, options, folder) for each in reported]
        pictures = _take_out(runnable, options, folder)
    limits, end = ended.last("limits") or {}, ended.last("end") or {}
    return Ran(
        path=runnable.path,
        findings=tuple(ignores.kept(runnable.path, findings)),
        sandbox=sandbox.name,
        lacking=sandbox.said(limits.get("lacking", ())),
        pictures=pictures,
        **{name: end[name] for name in ("calls", "seconds", "own", "whole") if name in end},
    )


def _check(runnable: Runnable, options: Options) -> None:
    if runnable.config is None and options.model is None and not options.shapes and not options.replay:
        raise SpecError(
            f"nothing says which outputs '{runnable.path.name}' gets",
            hint="Give the model's configuration beside the parser, --model FILE, or --shapes NAME=1x25200x85.",
        )
    if options.images is not None and runnable.config is None and options.model is None:
        hint = "Give the model's configuration beside the parser, or --model FILE."
        raise SpecError(f"--images needs the model of '{runnable.path.name}', which nothing names", hint=hint)
    if options.keep is not None:
        try:
            options.keep.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"'{options.keep}' cannot be made: {error.strerror}"
            raise SpecError(message, hint="Name another folder with --keep.") from None


def _environment(folder: Path, release: str) -> dict[str, str]:
    """Nothing of ours: a parser needs no secrets, and what is written to the home folder goes to its own."""
    packages = [str(resources.DOCKER_BUILD), str(SIMULATOR / "site-packages"), *own_packages()]
    own = str(folder)
    return {
        "PATH": programs.search_path(os.environ.get("PATH", "")),
        "PYTHONPATH": os.pathsep.join(packages),
        **dict.fromkeys(("HOME", "TMPDIR", "TEMP", "TMP", "XDG_CACHE_HOME", "MPLCONFIGDIR"), own),
        **({"AZDA_DEEPSTREAM": release} if release else {}),
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "ORT_DISABLE_TELEMETRY": "1",
        "OMP_NUM_THREADS": "2",
        "OPENBLAS_NUM_THREADS": "2",
        **({"SYSTEMROOT": os.environ["SYSTEMROOT"]} if "SYSTEMROOT" in os.environ else {}),
    }


def _job(runnable: Runnable, options: Options, folder: Path) -> dict[str, Any]:
    model = options.model
    return {
        "parser": str(runnable.path.resolve()),
        "config": str(runnable.config.resolve()) if runnable.config is not None and not options.shapes else "",
        "model": str(model.resolve()) if model is not None else "",
        "shapes": [dict(shape) for shape in options.shapes],
        "replay": [str(path.resolve()) for path in options.replay],
        "images": str(options.images.resolve()) if options.images is not None else "",
        "record": options.record is not None,
        "frames": options.frames,
        "seconds": options.seconds,
        "streams": options.streams,
        "folder": str(folder),
    }


def _take_out(runnable: Runnable, options: Options, folder: Path) -> tuple[Path, ...]:
    """Bring the record and the pictures to where the user wants them.

    Raises:
        SpecError: They cannot be written there.
    """
    found: list[Path] = []
    try:
        if options.record is not None and taken.is_file(folder / _RECORDED):
            taken.copy(folder / _RECORDED, options.record)
        drawn = options.images is not None or bool(options.replay)
        for source in sorted(folder.glob("*.png"), key=lambda each: (each.name != _SHEET, each.name)) if drawn else ():
            if options.keep is not None and taken.is_file(source):
                target = options.keep / f"{runnable.path.stem}-{source.name}"
                taken.copy(source, target)
                found.append(target)
    except OSError as error:
        message = f"'{error.filename2 or error.filename}' cannot be written: {error.strerror}"
        raise SpecError(message, hint="Name another file or folder with --record or --keep.") from None
    return tuple(found)


def _start(job: Mapping[str, Any], environment: Mapping[str, str], folder: Path) -> tuple[Sandbox, child.Ended]:
    """Start the child in what this system offers, until it has come to our module.

    A socket that the sandbox covers may go before it is covered: then it does not come up, and is found anew.
    """
    for left in reversed(range(1 + _TRIES)):
        sandbox = find(folder, environment)
        command = [*sandbox.prefix, sys.executable, "-m", _MODULE]
        ended = child.run(command, job, environment=environment, folder=folder, seconds=float(job["seconds"]))
        if ended.events or not sandbox.is_namespace or not left:
            break
    return sandbox, ended


def _refuse(runnable: Runnable, ended: child.Ended) -> None:
    """What is not a finding about the parser: a model that cannot run, packages that are missing."""
    impossible = ended.last("impossible")
    if impossible is not None:
        message = " ".join(str(impossible["message"]).split())
        raise ParserError(f"'{runnable.path.name}' cannot be run: {message}", hint=impossible["hint"] or None)
    if ended.events:
        return
    missing = next((name for name in _NEEDED if f"No module named '{name}'" in ended.errors), None)
    if missing is not None:
        raise SpecError(
            f"running a parser needs the package '{missing}', which this Python does not have",
            hint=f"Install it: python -m pip install {own_package.with_simulator()}",
        )
    line = ended.errors.strip().rpartition("\n")[2][:300]
    raise ParserError(f"'{runnable.path.name}' cannot be run: the child ended with exit code {ended.code}: {line}")


def _end(runnable: Runnable, ended: child.Ended) -> Iterator[dict[str, Any]]:
    """What the way in which the child ended says."""
    if ended.last("end") is not None:
        return
    last = ended.last("input") or {"name": "", "about": "being loaded"}
    where = f"on {last['about']}" if last["name"] else "when the file is loaded"
    reported = {"line": ended.line_in(runnable.path) or 1, "sure": True, "input": last["name"]}
    if ended.crowded:
        yield {**reported, "rule": "deed-process", "message": f"processes pile up, {where}"}
    elif ended.timed_out:
        yield {**reported, "rule": "hangs", "message": f"a call does not come back, {where}"}
    elif ended.crash:
        yield {**reported, "rule": "ended", "message": f"the process crashes ({ended.crash.lower()}), {where}"}
    else:
        signal = -ended.code if ended.code < 0 else ended.code - _SIGNALLED
        how = f"with signal {signal}" if signal > 0 else f"with exit code {ended.code}"
        yield {**reported, "rule": "ended", "message": f"the process ends {how}, {where}"}


def _finding(runnable: Runnable, reported: Mapping[str, Any], options: Options, folder: Path) -> Finding:
    kept = _keep(runnable, reported, options, folder)
    command = ""
    if kept is not None:
        words = ["azdacli", "validate-parser", str(runnable.path), "--replay", str(kept)]
        command = shlex.join(words)
    return running.finding(runnable.path, reported, shown_by=command)


def _keep(runnable: Runnable, reported: Mapping[str, Any], options: Options, folder: Path) -> Path | None:
    source = folder / f"{reported.get('input')}.npz"
    if options.keep is None or not reported.get("input") or not taken.is_file(source):
        return None
    target = options.keep / f"{runnable.path.stem}-{running.RULES[reported['rule']].id}-{reported['input']}.npz"
    with contextlib.suppress(OSError):
        taken.copy(source, target)
        return target
    return None
