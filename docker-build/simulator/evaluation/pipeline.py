"""From a picture to what is found in it: the functions that the elements of a pipeline call, without the elements."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from azda_runtime.metadata.writer import clipped
from azda_runtime.parsers.caller import PrimaryParser, load_primary
from azda_runtime.parsers.frame_config import Scaling
from pyds import _simulator as sim

from simulator.errors import ConfigurationError, ModelError, NotSimulatedError
from simulator.inference.engine import InferenceEngine, Piece, Result
from simulator.inference.native import NativeParser
from simulator.inference.nvinfer_file import CLASS_FIELDS, read_nvinfer_file
from simulator.inference.server_file import read_server_file
from simulator.inference.session import Session
from simulator.inference.settings import InferSettings, NativeFunction, NetworkType
from simulator.native.parser import ProcessParser

Pixels = npt.NDArray[np.uint8]
_PROTOBUF = b"infer_config"
_BEST = 5
_WHOLE_NUMBERS = frozenset({"topk", "minBoxes", "group-threshold"})


def settings_of(config: Path, changes: Mapping[str, str]) -> InferSettings:
    """A configuration, with keys that are changed.

    Raises:
        SimulatorError: It cannot be used.
    """
    if _PROTOBUF in config.read_bytes():
        if changes:
            raise ConfigurationError(f"keys of {config} are not those of nvinfer, and cannot be changed")
        return read_server_file(config)
    of_classes = {key: value for key, value in changes.items() if key in CLASS_FIELDS}
    settings = read_nvinfer_file(config, {key: value for key, value in changes.items() if key not in of_classes})
    fields: dict[str, Any] = {
        CLASS_FIELDS[key]: int(value) if key in _WHOLE_NUMBERS else float(value) for key, value in of_classes.items()
    }
    return replace(settings, classes=tuple(replace(each, **fields) for each in settings.classes))


class Pipeline:
    """A model with its parser.

    Args:
        config: The model's configuration.
        parser: Reads its outputs; what nvinfer has built in does without it.
        changes: Keys of the configuration that are changed.
        session: The loaded model, where another variant has loaded it.

    Raises:
        SimulatorError: The model cannot run as it is configured.
        ParserFailure: The parser cannot be loaded.
    """

    def __init__(
        self, config: Path, parser: Path | None, changes: Mapping[str, str], session: Session | None = None
    ) -> None:
        # One thread, and one picture at a time: sums are added up in the same order however pictures are shared out.
        settings = settings_of(config, changes)

        def open_native(function: NativeFunction, network: tuple[int, int, int]) -> NativeParser:
            return ProcessParser(function, network, settings, rotation=sim.release().rotated_boxes)

        self._engine = InferenceEngine(settings, threads=1, session=session, open_native=open_native)
        scaling = Scaling(keep_ratio=settings.input.maintain_aspect_ratio, symmetric=settings.input.symmetric_padding)
        self._parser: PrimaryParser | None = None if parser is None else load_primary(parser, scaling)
        if self._parser is not None and not self._parser.detects and not self._parser.labels:
            raise _nothing_to_compare(self._parser.source, "names no labels")
        if self._parser is None and settings.network_type not in (NetworkType.DETECTOR, NetworkType.CLASSIFIER):
            raise ModelError(
                f"{config}: network-type={int(settings.network_type)} leaves the outputs to a parser, and it has none",
                hint="Put the parser beside the configuration, or name it with --parser.",
            )

    @property
    def session(self) -> Session:
        """The loaded model."""
        return self._engine.session

    @property
    def labels(self) -> list[str]:
        """The names of the classes, as far as the parser or the labels file gives them."""
        if self._parser is not None:
            return [str(label) for label in self._parser.labels]
        if self._engine.settings.network_type is NetworkType.CLASSIFIER:
            return list(self._engine.labels[0]) if self._engine.labels else []
        return [line[0] for line in self._engine.labels]

    @property
    def classifies(self) -> bool:
        """Whether it names what is in a picture, and finds no boxes."""
        if self._parser is not None:
            return not self._parser.detects
        return self._engine.settings.network_type is NetworkType.CLASSIFIER

    def find(self, picture: Pixels) -> list[list[float]]:
        """What is found.

        Args:
            picture: Shape (height, width, 4), RGBA.

        Returns:
            Class, left, top, width, height in pixels of the picture, and score of each object; of a classifier class
            and score of the five best classes.

        Raises:
            ParserFailure: The parser failed on this picture.
            NotSimulatedError: It gives neither boxes nor classes.
        """
        size = (picture.shape[1], picture.shape[0])
        result = self._engine.infer([Piece(frame=picture)])[0]
        if result is None:
            return []
        if self._parser is None and self.classifies:
            if self._engine.settings.native is not None:
                return [[each.value, each.confidence] for each in result.attributes]
            return _best(result)
        if self._parser is None:
            rows = [(each.class_id, each.box, each.confidence) for each in result.objects]
            return [[class_id, *map(float, box), float(score)] for class_id, box, score in rows]
        network = (self.session.width, self.session.height)
        outputs = {name: np.array(array, copy=True) for name, array in result.outputs.items()}
        if not self._parser.detects:
            return _named(self._parser, self._parser.interpret(size, outputs, network)[1])
        found = self._parser.detect(size, outputs, network)
        rows = list(zip(found.class_ids, found.boxes.tolist(), found.scores, strict=True))
        return list(_in_metadata(rows, size))


def _in_metadata(rows: list[Any], size: tuple[int, int]) -> Iterator[list[float]]:
    """Objects as the metadata hold them: cut off at the frame's edges, in single precision."""
    for class_id, whole, score in rows:
        left, top, width, height = clipped(whole, size)
        if width > 0 and height > 0:
            yield [class_id, *(float(np.float32(value)) for value in (left, top, width, height, score))]


def _named(parser: PrimaryParser, message: Any) -> list[list[float]]:
    """Class and score of the best classes that a parser's message names, as `init` writes a classifier's."""
    rows = message.get("classes") if isinstance(message, dict) else None
    if not isinstance(rows, list):
        raise _nothing_to_compare(parser.source, "its message has no list 'classes'")
    found = []
    for row in rows:
        known = isinstance(row, dict) and row.get("label") in parser.labels
        if not known or not isinstance(row.get("score"), (int, float)):
            raise _nothing_to_compare(parser.source, f"'classes' of its message has {row!r:.80}")
        found.append([parser.labels.index(row["label"]), float(row["score"])])
    return sorted(found, key=lambda one: -one[1])[:_BEST]


def _nothing_to_compare(source: str, why: str) -> NotSimulatedError:
    return NotSimulatedError(
        f"{source}: a parser with model_type = 1 gives no boxes, and {why}: there is nothing to compare",
        hint='A classifier has `labels`, and a message {"classes": [{"label": "…", "score": 0.9}]} with names of them.',
    )


def _best(result: Result) -> list[list[float]]:
    layer = next(iter(result.outputs.values()))
    scores = layer.reshape(-1)[: layer.shape[0] if layer.ndim else 1].astype(np.float64)
    order = np.argsort(-scores, kind="stable")[:_BEST]
    return [[int(index), float(scores[index])] for index in order]
