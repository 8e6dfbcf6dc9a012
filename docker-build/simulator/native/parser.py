"""A native parser in a process of its own, as nvinfer's elements use it."""

import contextlib
import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from simulator.errors import ModelError, NotSimulatedError
from simulator.inference.detections import NOTHING, Detections
from simulator.inference.native import Parsed
from simulator.inference.postprocess import Attribute
from simulator.inference.session import Tensors
from simulator.inference.settings import FunctionKind, InferSettings, NativeFunction
from simulator.native import framing

_PATIENCE, _PATIENCE_VARIABLE = 60.0, "AZDA_PARSER_TIMEOUT"
"""Seconds that a call may take, and who says otherwise: `simulate --parser-timeout`."""
_LAST_WORD = 5.0
_CRASHES = {
    "SIGSEGV": "a memory access that is not allowed (SIGSEGV)",
    "SIGBUS": "a memory access beyond a file or its alignment (SIGBUS)",
    "SIGFPE": "a division by zero (SIGFPE)",
    "SIGILL": "an instruction that the processor refuses (SIGILL)",
    "SIGABRT": "a failed assertion, a broken heap or an exception that nobody caught (SIGABRT)",
}
_FAILED = {
    FunctionKind.BOXES: "Failed to parse bboxes using custom parse function",
    FunctionKind.INSTANCES: "Failed to parse bboxes and instance mask using custom parse function",
    FunctionKind.ATTRIBUTES: "Failed to parse classification attributes using custom parse function",
}


class ProcessParser:
    """Runs one function of a library in a process of its own.

    Args:
        function: The library and its function.
        network: Width and height in pixels, and channels of the network.
        settings: Classes and thresholds.
        rotation: Whether boxes end with an angle, as those of DeepStream 9.0 and later do.

    Raises:
        ModelError: The library or the function is away or cannot be loaded.
        NotSimulatedError: The library is for another processor.
    """

    def __init__(
        self, function: NativeFunction, network: tuple[int, int, int], settings: InferSettings, *, rotation: bool
    ) -> None:
        self._function = function
        self._seconds = float(os.environ.get(_PATIENCE_VARIABLE) or _PATIENCE)
        self._process, self._requests, self._answers = _started()
        classes = settings.classes
        framing.send(
            self._requests,
            {
                "library": str(function.library),
                "function": function.name,
                "kind": function.kind.name,
                "network": network,
                "before": [each.pre_cluster_threshold for each in classes],
                "after": [each.post_cluster_threshold for each in classes],
                "threshold": settings.classifier_threshold,
                "rotation": rotation,
            },
        )
        try:
            self.stood_in = self._loaded()
        except BaseException:
            self.close()
            raise

    def _loaded(self) -> tuple[str, ...]:
        """The sonames of NVIDIA's libraries that the parser is linked with and that are stood in for."""
        answer = self._answer()
        if "error" in answer:
            kind = NotSimulatedError if answer["not_simulated"] else ModelError
            raise kind(answer["error"], hint=answer["hint"])
        return tuple(answer["stood_in"])

    def parse(self, outputs: Tensors) -> Parsed:
        """Parse the outputs of one frame or object; see `NativeParser`."""
        with contextlib.suppress(BrokenPipeError):  # what ended the process stands in its answer
            framing.send_arrays(self._requests, outputs)
        answer = self._answer()
        if "wrong" in answer:
            raise ModelError(
                f"{self._named} was built against other headers than this release's: {answer['wrong']}",
                hint="Rebuild the library against the headers of the release (`--release`, AZDA_DEEPSTREAM).",
            )
        if not answer["passed"]:
            raise ModelError(f"{_FAILED[self._function.kind]}: {self._named} returned false")
        if self._function.kind is FunctionKind.ATTRIBUTES:
            attributes = (
                Attribute(index=index, value=value, confidence=confidence, label=label)
                for index, value, confidence, label in answer["attributes"]
            )
            return Parsed(attributes=tuple(attributes), description=answer["description"])
        return Parsed(detections=_detections(framing.arrays_of(*framing.receive(self._answers))))

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        for stream in (self._requests, self._answers):
            with contextlib.suppress(OSError):
                stream.close()

    @property
    def _named(self) -> str:
        return f"{self._function.name} of {self._function.library}"

    def _answer(self) -> dict[str, Any]:
        if not self._comes(self._seconds):
            raise self._hanging()
        try:
            answer, _ = framing.receive(self._answers)
        except EOFError:
            raise ModelError(f"{self._named} ended its process ({_end_of(self._process.wait())})") from None
        if "crash" in answer:
            raise self._crashed(answer)
        return answer

    def _comes(self, seconds: float) -> bool:
        return bool(select.select([self._answers], [], [], seconds or None)[0])

    def _hanging(self) -> ModelError:
        """Ask the process where it is, as it would say after a crash."""
        self._process.send_signal(signal.SIGABRT)
        answer: dict[str, Any] = {}
        if self._comes(_LAST_WORD):
            with contextlib.suppress(EOFError):
                answer, _ = framing.receive(self._answers)
        self._process.kill()
        return ModelError(
            f"{self._named} has not returned within {self._seconds:g} seconds{_where(answer.get('frames', []))}",
            hint="Does a loop in it end? --parser-timeout allows more time.",
        )

    def _crashed(self, answer: dict[str, Any]) -> ModelError:
        frames = answer["frames"]
        own, where = _own(frames), _where(frames)
        if frames and not frames[0]["own"]:
            return ModelError(
                f"{self._named} calls {frames[0]['function']} of a library of NVIDIA's that is not here{where}",
                hint="The simulator stands in for such libraries so that parsers load; calls need a device.",
            )
        hint = None if own["line"] else "Build the library with `-g`, and install binutils, to see the line."
        what = _CRASHES.get(answer["crash"], answer["crash"])
        return ModelError(f"{self._named} crashed: {what}{where}", hint=hint)


def _own(frames: list[Any]) -> Any:
    """The innermost frame of the parser's own code: what failed inside C++'s own library was called from there."""
    called = [frame for frame in frames if frame["own"]]
    written = [
        frame for frame in called if not frame["line"].startswith("/usr/") and not frame["function"].startswith("std::")
    ]
    return next(iter(written or called), {"function": "", "line": ""})


def _where(frames: list[Any]) -> str:
    own = _own(frames)
    return (f" in {own['function']}" if own["function"] else "") + (f" at {own['line']}" if own["line"] else "")


def _started() -> tuple[subprocess.Popen[bytes], Any, Any]:
    their_read, requests = os.pipe()
    answers, their_write = os.pipe()
    packages = Path(__file__).parent.parent.parent
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "simulator.native.child", str(their_read), str(their_write)],
            pass_fds=(their_read, their_write),
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join([str(packages), *filter(None, sys.path)])},
        )
    finally:
        os.close(their_read)
        os.close(their_write)
    return process, os.fdopen(requests, "wb"), os.fdopen(answers, "rb")


def _end_of(code: int) -> str:
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name


def _detections(arrays: dict[str, npt.NDArray[Any]]) -> Detections:
    objects = arrays["objects"]
    if not len(objects):
        return NOTHING
    masks = None
    if "mask" in (objects.dtype.names or ()):
        masks = np.empty(len(objects), object)
        for index in range(len(objects)):
            masks[index] = arrays.get(f"mask{index}")
    return Detections(
        # Ids are unsigned; what is beyond int32 is beyond every number of classes and is dropped as such.
        class_ids=np.minimum(objects["class_id"], np.iinfo(np.int32).max).astype(np.int32),
        boxes=np.stack([objects[name] for name in ("left", "top", "width", "height")], axis=1),
        confidences=objects["confidence"].copy(),
        masks=masks,
    )
