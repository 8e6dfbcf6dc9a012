"""A parser's run from its job to its findings."""

import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azdacli.parser_check import ignores, run_labels
from azdacli.parser_check.finding import Finding
from azdacli.parser_check.run import Runnable
from azdacli.parser_run import child, outcome
from azdacli.parser_run import job as jobs
from azdacli.parser_run.job import Options
from azdacli.parser_run.sandbox import Sandbox, find

_TRIES = 3  # more starts of a sandbox that does not come up
_MODULE = "simulator.parser_run"


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
    jobs.check(runnable, options)
    with tempfile.TemporaryDirectory(prefix="azda-run-", ignore_cleanup_errors=True) as name:
        folder = Path(name).resolve() / "work"
        folder.mkdir()
        environment = jobs.environment(folder, options.release)
        job = jobs.job(runnable, options, folder)
        sandbox, ended = _start(job, environment, folder)
        outcome.refuse(runnable, ended)
        reported = [
            *(event for event in ended.events if event["event"] == "finding"),
            *outcome.early_end(runnable, ended),
        ]
        for each in reported if ended.last("end") is None else ():
            if each.get("input") and not (folder / f"{each['input']}.npz").exists():
                # Of a call that never came back: a child that makes the input and calls nothing.
                _start({**job, "only": each["input"]}, environment, folder)
        findings = [outcome.finding(runnable, each, options, folder) for each in reported]
        loaded = ended.last("labels")
        if loaded is not None and not options.replay:
            findings += run_labels.check(runnable, loaded["labels"], options.model)
        pictures = outcome.take_out(runnable, options, folder)
    limits, end = ended.last("limits") or {}, ended.last("end") or {}
    return Ran(
        path=runnable.path,
        findings=tuple(ignores.kept(runnable.path, findings)),
        sandbox=sandbox.name,
        lacking=sandbox.said(limits.get("lacking", ())),
        pictures=pictures,
        **{name: end[name] for name in ("calls", "seconds", "own", "whole") if name in end},
    )


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
