"""The child processes that run a pipeline's model and parser on pictures, and what they say, picture by picture."""

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol, cast

from azdacli.errors import ParserError, SpecError
from azdacli.simulation.environment import SIMULATOR, own_packages, secrets_of
from azdacli.util import resources, signals

_MODULE = "simulator.evaluation"
_SILENCE = 300.0  # seconds; a large model is loaded in less, and a parser that takes so long hangs
_KEPT_LINES = 40
_STOP_SECONDS = 5

Event = Mapping[str, Any]
Heard = Callable[[Event], None]


class Runner(Protocol):
    """What runs a model and its parser on pictures: processes of this machine, or a cluster."""

    @property
    def config(self) -> Path:
        """The primary model's configuration."""

    @property
    def parser(self) -> Path | None:
        """The parser of its outputs, where Python reads them."""

    def run(self, pictures: Sequence[tuple[str, Path]], variants: Sequence[Mapping[str, str]], heard: Heard) -> None:
        """Run all variants on all pictures, and say each event of them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pipeline:
    """What is run on each picture.

    Attributes:
        config: The primary model's configuration.
        parser: The parser of its outputs, where Python reads them.
        jobs: How many processes share the pictures.
    """

    config: Path
    parser: Path | None
    jobs: int = 1

    def __post_init__(self) -> None:
        if self.jobs < 1:
            raise SpecError("--jobs is a number of processes, from 1", hint="Leave it out for one on each processor.")

    def run(self, pictures: Sequence[tuple[str, Path]], variants: Sequence[Mapping[str, str]], heard: Heard) -> None:
        """Run all variants on all pictures.

        Args:
            pictures: Name and path of each.
            variants: Keys of the configuration that are changed; one that does not go with the rest is left out.
            heard: Gets each event: `ready` with `labels`, and `picture` with what was found by which variant.

        Raises:
            ParserError: The model cannot run as it is configured, or a process ended in the middle.
            SpecError: A picture cannot be read.
        """
        shares = [share for n in range(self.jobs) if (share := pictures[n :: self.jobs])] or [[]]
        events: queue.SimpleQueue[tuple[_Child, Event | None]] = queue.SimpleQueue()
        with contextlib.ExitStack() as stack:
            running = {stack.enter_context(_started(self._job(share, variants), events)) for share in shares}
            while running:
                try:
                    child, event = events.get(timeout=_SILENCE)
                except queue.Empty:
                    raise ParserError(
                        f"nothing has come of a picture for {_SILENCE:.0f} seconds",
                        hint="Does the parser come back? azdacli validate-parser --run shows where it does not.",
                    ) from None
                if event is None:
                    running.discard(child)
                    child.check()
                else:
                    _check(event)
                    child.take(event)
                    heard(event)

    def _job(self, share: Sequence[tuple[str, Path]], variants: Sequence[Mapping[str, str]]) -> Mapping[str, Any]:
        return {
            "config": str(self.config.resolve()),
            "parser": "" if self.parser is None else str(self.parser.resolve()),
            "pictures": [(name, str(path.resolve())) for name, path in share],
            "variants": [dict(each) for each in variants],
        }


def _check(event: Event) -> None:
    if event["event"] == "impossible":
        message = " ".join(str(event["message"]).split())
        raise ParserError(message.rstrip("."), hint=event["hint"] or None)
    if event["event"] == "unreadable":
        raise SpecError(f"the picture '{event['picture']}' cannot be decoded", hint="Is it whole? Replace it.")


class _Child:
    """One process.

    Args:
        process: It.
        pictures: How many it is to run.
        variants: How many times each.
    """

    def __init__(self, process: "subprocess.Popen[str]", pictures: int, variants: int) -> None:
        self.process = process
        self.errors: deque[str] = deque(maxlen=_KEPT_LINES)
        self._pictures = pictures
        self._left = pictures * variants
        self._ready = False

    def take(self, event: Event) -> None:
        """Count what it reports."""
        self._ready = True
        self._left -= {"picture": 1, "refused": self._pictures}.get(event["event"], 0)

    def check(self) -> None:
        """Refuse an end before all was reported.

        Raises:
            ParserError: The process ended in the middle.
        """
        code = self.process.wait()
        if self._ready and not self._left:
            return
        how = f"was killed by signal {-code}" if code < 0 else f"ended with exit code {code}"
        last = "".join(self.errors).strip().rpartition("\n")[2][:300]
        raise ParserError(
            f"the process that runs the model {how} before all pictures were done" + (f": {last}" if last else ""),
            hint="A parser that calls os._exit, or a compiled extension that crashes, does this. What was done is "
            "kept: the same command goes on from there.",
        )


@contextlib.contextmanager
def _started(job: Mapping[str, Any], events: "queue.SimpleQueue[Any]") -> Iterator[_Child]:
    process = subprocess.Popen(
        [sys.executable, "-m", _MODULE],
        env=environment(),
        cwd=resources.DOCKER_BUILD,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        **signals.own_session(),  # Ctrl-C reaches us alone, and we end the children
    )
    child = _Child(process, len(job["pictures"]), len(job["variants"]))
    readers = [
        threading.Thread(target=_read, args=(process.stdout, child, events), daemon=True),
        threading.Thread(target=_keep, args=(process.stderr, child.errors), daemon=True),
    ]
    try:
        for reader in readers:
            reader.start()
        with contextlib.suppress(OSError), cast("IO[str]", process.stdin) as stream:
            stream.write(json.dumps(job))
        yield child
    finally:
        signals.kill_session(process)
        process.wait()
        for reader in readers:
            reader.join(_STOP_SECONDS)
        for pipe in (process.stdout, process.stderr):
            cast("IO[str]", pipe).close()


def _read(stream: IO[str], child: _Child, events: "queue.SimpleQueue[Any]") -> None:
    with contextlib.suppress(OSError, ValueError):
        for line in stream:
            events.put((child, json.loads(line)))
    events.put((child, None))


def _keep(stream: IO[str], errors: "deque[str]") -> None:
    with contextlib.suppress(OSError, ValueError):
        errors.extend(stream)


def environment() -> dict[str, str]:
    """Ours, without secrets; what is computed with threads of its own has one, and adds up in one order."""
    secret = secrets_of(os.environ)
    mine = {name: text for name, text in os.environ.items() if name not in secret and not name.startswith("PYTHON")}
    packages = [str(resources.DOCKER_BUILD), str(SIMULATOR / "site-packages"), *own_packages()]
    return {
        **mine,
        "PYTHONPATH": os.pathsep.join(packages),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "ORT_DISABLE_TELEMETRY": "1",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
