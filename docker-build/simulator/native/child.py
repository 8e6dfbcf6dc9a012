"""The process that a native parser runs in: a crash costs it alone.

Run as `python -m simulator.native.child READ WRITE`, with the numbers of two inherited pipes. The first message says
what to load; each further one is a frame's outputs. What the library prints on standard output goes to standard error.
"""

import contextlib
import os
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import IO, Any

from simulator.errors import NotSimulatedError, SimulatorError
from simulator.inference.settings import FunctionKind
from simulator.native import abi, crash, framing, functions, needs

_LOOK_EVERY = 1.0
"""Seconds between two looks whether the pipeline is still there: a parser in an endless loop reads no end of a pipe."""


def _main(read: int, write: int) -> None:
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the pipeline's end ends it
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    with os.fdopen(read, "rb") as requests, os.fdopen(write, "wb") as answers:
        said, _ = framing.receive(requests)
        with tempfile.TemporaryDirectory(prefix="azda-native-") as folder:
            try:
                function, stood_in = _opened(said, Path(folder), answers)
            except SimulatorError as error:
                refused = isinstance(error, NotSimulatedError)
                framing.send(answers, {"error": error.message, "hint": error.hint, "not_simulated": refused})
                return
        framing.send(answers, {"stood_in": stood_in})
        while True:
            try:
                said, data = framing.receive(requests)
            except EOFError:
                return
            _answer(function, framing.arrays_of(said, data), answers)


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_EVERY)
    os._exit(0)


def _opened(said: dict[str, Any], folder: Path, answers: IO[bytes]) -> tuple[Any, tuple[str, ...]]:
    path = Path(said["library"])
    needed = needs.read(path)
    stood_in = needs.stand_in(needed, path, folder)

    own = os.path.realpath(path)

    def report(name: str, frames: list[crash.Frame]) -> None:
        called = [{"own": file == own, "function": function, "line": line} for file, function, line in frames]
        framing.send(answers, {"crash": name, "frames": called})

    crash.on_crash((own, *(os.path.realpath(each) for each in folder.iterdir())), report)
    library = functions.Library(path)
    parameters = functions.Parameters(
        network=tuple(said["network"]), before=said["before"], after=said["after"], threshold=said["threshold"]
    )
    name = said["function"]
    if said["kind"] == FunctionKind.ATTRIBUTES.name:
        return functions.ClassificationFunction(library, name, parameters), stood_in
    boxes = abi.ROTATED_OBJECT if said["rotation"] else abi.OBJECT
    kind = abi.INSTANCE if said["kind"] == FunctionKind.INSTANCES.name else boxes
    return functions.DetectionFunction(library, name, parameters, kind), stood_in


def _answer(function: Any, outputs: functions.Arrays, answers: IO[bytes]) -> None:
    try:
        passed, *found = function(outputs)
    except ValueError as error:
        framing.send(answers, {"wrong": str(error)})
        return
    if isinstance(function, functions.ClassificationFunction):
        attributes, description = found
        framing.send(answers, {"passed": passed, "attributes": attributes, "description": description})
    else:
        framing.send(answers, {"passed": passed})
        framing.send_arrays(answers, found[0])


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):  # the pipeline has ended
        _main(int(sys.argv[1]), int(sys.argv[2]))
