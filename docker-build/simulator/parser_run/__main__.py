"""Runs one job: JSON on standard input, events on standard output."""

import faulthandler
import os
import sys

from simulator.parser_run.events import Events
from simulator.parser_run.job import loads
from simulator.parser_run.kernel import restrict
from simulator.parser_run.limits import limit
from simulator.parser_run.run import run
from simulator.parser_run.watch import Watch


def main() -> None:
    """Keep standard output for the events: what a parser prints goes to standard error."""
    job = loads(sys.stdin.read())
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answer, os.fdopen(os.dup(2), "w", encoding="utf-8") as stacks:
        os.dup2(2, 1)
        faulthandler.enable(file=stacks)
        events = Events(stream=answer)
        size = job.model.stat().st_size if job.model is not None else 0
        events.send("limits", lacking=(*limit(size), *(() if restrict() else ("connections",))))
        run(job, events, Watch(job.parser).install(), stacks)
        answer.flush()
        stacks.flush()
        os._exit(0)  # threads that a parser left must not keep this process


if __name__ == "__main__":
    main()
