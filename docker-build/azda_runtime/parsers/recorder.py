"""Records what a primary parser gets and gives while a pipeline plays: a file a frame, so that an end loses nothing."""

import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azda_runtime.parsers import recording
from azda_runtime.parsers.frame_config import Size
from azda_runtime.parsers.recording import Record, RecordingError, Result
from azda_runtime.parsers.results import Detections

_log = logging.getLogger(__name__)
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


@dataclass(slots=True)
class Pending:
    """One frame that is being parsed.

    Attributes:
        result: What the parser made of it; None while it has made nothing, or failed.
    """

    result: Result | None = None

    def detections(self, found: Detections) -> None:
        """Keep what a detection parser found."""
        boxes = tuple(tuple(box) for box in found.boxes.tolist())
        self.result = Result(boxes=boxes, class_ids=found.class_ids, scores=found.scores, message=found.message)

    def message(self, message: Any) -> None:
        """Keep what a custom parser says."""
        self.result = Result(message=message)


class TensorRecorder:
    """Writes the first frames of a pipeline.

    Args:
        folder: Where to.
        frames: How many, over all streams.
        parser: The parser's file, for the record.
    """

    def __init__(self, folder: Path, frames: int, parser: str = "") -> None:
        self._folder = folder
        self._left = frames
        self._parser = Path(parser).name

    @contextmanager
    def frame(
        self, name: str, outputs: Mapping[str, Any], image_size: Size, network_size: Size | None
    ) -> Iterator[Pending]:
        """Record one frame, also when the parser fails on it.

        Args:
            name: Names the frame, as `door-00000120`.
            outputs: Layer name -> array; copied, for a parser may change them.
            image_size: Width and height of the frame.
            network_size: The same of the network's input.
        """
        pending = Pending()
        if self._left <= 0:
            yield pending
            return
        self._left -= 1
        kept = {layer: array.copy() for layer, array in outputs.items()}
        try:
            yield pending
        finally:
            record = Record(
                tensors=kept, image_size=image_size, network_size=network_size, name=name, result=pending.result
            )
            self._write(_UNSAFE.sub("_", name), record)

    def _write(self, name: str, record: Record) -> None:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            recording.write(self._folder / f"{name}{recording.SUFFIX}", [record], parser=self._parser)
        except (OSError, RecordingError) as error:
            self._left = 0
            _log.error("tensors are not recorded any more: %s", error)


def folder_of(folder: Path, pipeline: str) -> Path:
    """A pipeline's own folder below the one that was named."""
    return folder / _UNSAFE.sub("_", pipeline)
