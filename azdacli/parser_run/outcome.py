"""What came of a child: failures of the run itself, findings about the parser, and what goes to the user's folders."""

import contextlib
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from azdacli.errors import ParserError, SpecError
from azdacli.parser_check import running
from azdacli.parser_check.finding import Finding
from azdacli.parser_check.run import Runnable
from azdacli.parser_run import child, taken
from azdacli.parser_run.job import Options
from azdacli.simulation import own_package

_NEEDED = ("numpy", "onnxruntime", "cv2")
_RECORDED, _SHEET = "recorded.npz", "contact-sheet.png"
_SIGNALLED = 128  # what a shell adds to the signal of its child


def refuse(runnable: Runnable, ended: child.Ended) -> None:
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


def early_end(runnable: Runnable, ended: child.Ended) -> Iterator[dict[str, Any]]:
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


def finding(runnable: Runnable, reported: Mapping[str, Any], options: Options, folder: Path) -> Finding:
    """A finding as the checker reports them; its input is kept where the user wants that."""
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


def take_out(runnable: Runnable, options: Options, folder: Path) -> tuple[Path, ...]:
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
