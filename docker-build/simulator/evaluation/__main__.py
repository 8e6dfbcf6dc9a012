"""Runs one job: JSON on standard input, a line of JSON per picture on standard output."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

from azda_runtime.parsers.failures import ParserFailure

from simulator.drawing import sheets
from simulator.errors import SimulatorError
from simulator.evaluation.job import Job, loads
from simulator.evaluation.pipeline import Pipeline
from simulator.inference.session import Session

Send = Callable[[Mapping[str, Any]], None]


def main() -> None:
    """Keep standard output for the answer: what a parser prints goes to standard error."""
    job = loads(sys.stdin.read())
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answer:
        os.dup2(2, 1)

        def send(event: Mapping[str, Any]) -> None:
            answer.write(f"{json.dumps(event)}\n")
            answer.flush()

        try:
            run(job, send)
        except SimulatorError as error:
            send({"event": "impossible", "message": error.message, "hint": error.hint})
        except ParserFailure as failure:
            send({"event": "impossible", "message": str(failure), "hint": None})
        answer.flush()
        os._exit(0)  # threads that a parser left must not keep this process


def run(job: Job, send: Send) -> None:
    """Run all variants on each picture: it is decoded once, and the model is loaded once.

    Raises:
        SimulatorError: The model cannot run as it is configured.
        ParserFailure: The parser cannot be loaded.
    """
    pipelines: dict[int, Pipeline] = {}
    for number, changes in enumerate(job.variants):
        session = next((each.session for each in pipelines.values()), None)
        made = _made(job, changes, session)
        if made is None:
            send({"event": "refused", "variant": number})
            continue
        pipelines[number] = made
        send({"event": "ready", "labels": made.labels, "classifies": made.classifies})
    for name, path in job.pictures:
        picture = sheets.read_picture(path)
        if picture is None:
            send({"event": "unreadable", "picture": name})
            continue
        pixels = sheets.with_alpha(picture)
        for number, pipeline in pipelines.items():
            said: dict[str, Any] = {"event": "picture", "picture": name, "variant": number}
            said["size"] = [picture.shape[1], picture.shape[0]]
            try:
                said["found"] = pipeline.find(pixels)
            except ParserFailure as failure:
                said |= {"found": [], "failure": str(failure)}
            send(said)


def _made(job: Job, changes: Mapping[str, str], session: Session | None) -> Pipeline | None:
    """A variant; None for changes that do not go with the rest of the configuration."""
    try:
        return Pipeline(job.config, job.parser, changes, session)
    except SimulatorError:
        if changes:
            return None
        raise


if __name__ == "__main__":
    main()
