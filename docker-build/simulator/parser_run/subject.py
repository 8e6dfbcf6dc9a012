"""A parser as the runtime calls it, once per input: what came of it, with the metadata that it wrote."""

import json
import re
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from azda_runtime.metadata.writer import Canvas, add_detections, add_overlay
from azda_runtime.parsers.caller import PrimaryParser, SecondaryParser
from azda_runtime.parsers.contract import Role, breaches, role_of
from azda_runtime.parsers.failures import FailureKind, ParserFailure
from azda_runtime.parsers.frame_config import Scaling
from azda_runtime.parsers.loader import load
from azda_runtime.parsers.overlay import Overlay
from azda_runtime.parsers.results import Detections

from simulator.parser_run.frames import Frame
from simulator.parser_run.inputs import Tensors
from simulator.parser_run.watch import Deed, Watch

UNKNOWN_NETWORK = (640, 640)
_COMPONENT = 1
_ADDRESS = re.compile(r"0x[0-9a-f]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What came of one call.

    Attributes:
        detections: Of a detection parser.
        message: The parser's message.
        failure: What the runtime would write into its log.
        error: What the parser raised, None when it raised nothing.
        line: The parser's line that raised, 0 when it is not known.
        deeds: What it did besides.
        drawn: What is wrong with the metadata that it wrote.
    """

    detections: Detections | None = None
    message: Any = None
    failure: ParserFailure | None = None
    error: BaseException | None = None
    line: int = 0
    deeds: tuple[Deed, ...] = ()
    drawn: tuple[str, ...] = ()

    @property
    def comparable(self) -> str:
        """The result as text: the same result has the same text."""
        raised = "" if self.failure is None else _ADDRESS.sub("", str(self.failure))
        return json.dumps([self.seen, self.message, raised], sort_keys=True)

    @property
    def seen(self) -> str:
        """The objects alone, as text."""
        found = self.detections
        if found is None:
            return ""
        scores = np.round(found.scores, 4).tolist()
        return json.dumps([np.round(found.boxes, 2).tolist(), list(found.class_ids), scores])


class Subject:
    """The parser that is run.

    Args:
        path: Its file.
        watch: Listens while its code runs.
        network: Width and height of the network's input.
        scaling: How frames get into it.

    Raises:
        ParserFailure: It cannot be loaded, or breaks its contract.
    """

    def __init__(
        self, path: Path, watch: Watch, network: tuple[int, int] | None = None, scaling: Scaling | None = None
    ) -> None:
        self.path = path
        self.network = network or UNKNOWN_NETWORK
        self._watch = watch
        watch.take()
        with watch.looking():
            module = load(path)
        role = role_of(module)
        if role is None:
            raise ParserFailure(str(path), FailureKind.CONTRACT, breaches(module))
        self.primary = PrimaryParser(module, str(path), scaling) if role is Role.PRIMARY else None
        self.secondary = SecondaryParser(module, str(path)) if role is Role.SECONDARY else None
        self.detects = self.primary is not None and self.primary.detects
        self.labels = self.primary.labels if self.primary is not None else ()
        named = "parse_det_model" if self.detects else "parse_custom_model" if self.primary else "parse_sgie_model"
        self.function = named
        code = getattr(getattr(module, named, None), "__code__", None)
        self.line = int(code.co_firstlineno) if code is not None else 1

    def keep_no_deeds(self) -> None:
        """From now on what it does besides computing is known."""
        self._watch.kept = False

    def deeds_of_all(self) -> tuple[Deed, ...]:
        """What many calls did that is seen when they are over."""
        self._watch.look_at_streams()
        return tuple(self._watch.take())

    def parse(self, size: tuple[int, int], tensors: Tensors) -> Any:
        """Call the parser; what it gives, of a custom parser without writing metadata.

        Raises:
            ParserFailure: As in the runtime.
        """
        with self._watch.looking():
            if self.secondary is not None:
                return self.secondary.parse(size, tensors, self.network)
            assert self.primary is not None  # noqa: S101 # one of both, by the constructor
            call = self.primary.detect if self.detects else self.primary.interpret
            return call(size, tensors, self.network)

    def call(self, size: tuple[int, int], tensors: Tensors, *, stream: int = 0, number: int = 0) -> Outcome:
        """Call the parser, write its metadata as the runtime does, and look at both."""
        self._watch.take()
        try:
            result = self.parse(size, tensors)
            if self.secondary is not None:
                return Outcome(message=result, deeds=tuple(self._watch.take()))
            detections, message = (result, result.message) if self.detects else (None, result[1])
            with Frame(size, stream=stream, number=number) as frame:
                self._write(size, result, frame)
                drawn = tuple(frame.faults())
        except ParserFailure as failure:
            return self.failed(failure)
        return Outcome(detections=detections, message=message, deeds=tuple(self._watch.take()), drawn=drawn)

    def failed(self, failure: ParserFailure) -> Outcome:
        """What came of a call that failed."""
        error = failure.__cause__
        line = self._line(error) if error is not None else self.line
        return Outcome(failure=failure, error=error, line=line, deeds=tuple(self._watch.take()))

    def _write(self, size: tuple[int, int], result: Any, frame: Frame) -> None:
        canvas = Canvas(size=size)
        if self.detects:
            add_detections(frame.batch, frame.meta, result, component=_COMPONENT, canvas=canvas)
        elif isinstance(result[0], Overlay):
            add_overlay(frame.batch, frame.meta, result[0], component=_COMPONENT, canvas=canvas)
        elif self.primary is not None:
            with self._watch.looking():
                self.primary.add_to_meta(size, result[0], frame.batch, frame.meta)

    def _line(self, error: BaseException) -> int:
        own = str(self.path.resolve())
        lines = [each.lineno for each in traceback.extract_tb(error.__traceback__) if each.filename == own]
        if isinstance(error, SyntaxError) and error.filename == own:
            lines.append(error.lineno)
        return lines[-1] or self.line if lines else getattr(self, "line", 1)
