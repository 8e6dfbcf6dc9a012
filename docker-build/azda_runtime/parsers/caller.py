"""Calling a parser: what it gets, what it may return, and how its failures are kept from the pipeline."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from azda_runtime.parsers import results
from azda_runtime.parsers.contract import Role, breaches, label_list
from azda_runtime.parsers.failures import FailureKind, ParserFailure, raised
from azda_runtime.parsers.frame_config import FrameConfig, Scaling, Size, frame_config
from azda_runtime.parsers.loader import load
from azda_runtime.parsers.payload import ResultError, plain
from azda_runtime.parsers.results import Detections

_DETECTION = 0


class MissingLayerError(KeyError):
    """A parser asked for a layer that the model does not have; a KeyError with a readable text."""

    __module__ = "builtins"  # a user's traceback then shows the name alone

    def __str__(self) -> str:
        """The text itself, where a KeyError would show it in quotes."""
        return str(self.args[0])


class Layers(dict[str, Any]):
    """A model's outputs by layer name; asking for a layer that it has not names those that it has."""

    def __missing__(self, name: str) -> Any:
        """Say which layers there are."""
        raise MissingLayerError(
            f"the model has no output layer {name!r}; it has {', '.join(map(repr, self)) or 'none'}"
        )


class PrimaryParser:
    """A primary parser that keeps its contract.

    Args:
        module: Defines the names of the contract.
        source: The file or the built-in name, for messages.
        scaling: How frames are brought into the network's input.
        labels: What takes the place of the parser's own labels; its own without them.

    Raises:
        ParserFailure: The contract is broken; all breaches are listed at once.
    """

    def __init__(self, module: Any, source: str, scaling: Scaling | None = None, labels: Sequence[str] = ()) -> None:
        _check(module, Role.PRIMARY, source)
        self._scaling = scaling or Scaling()
        self.source = source
        self.name: str = module.name
        self.detects: bool = module.model_type == _DETECTION
        self.labels: tuple[str, ...] = tuple(labels or label_list(getattr(module, "labels", ())) or ())
        self._module = module

    def detect(self, image_size: Size, raw_outputs: Mapping[str, Any], network_size: Size | None = None) -> Detections:
        """Run ``parse_det_model`` on one frame's outputs.

        Args:
            image_size: Width and height of the frame in pixels.
            raw_outputs: Layer name -> array, without the batch dimension.
            network_size: Width and height of the network's input; by the configuration without it.

        Raises:
            ParserFailure: The parser raised, or returned what its contract does not allow.
        """
        with _guarded(self.source, "parse_det_model"):
            returned = self._module.parse_det_model(self._config(image_size, network_size), Layers(raw_outputs))
            return results.detections(returned, self.labels)

    def interpret(
        self, image_size: Size, raw_outputs: Mapping[str, Any], network_size: Size | None = None
    ) -> tuple[Any, Any]:
        """Run ``parse_custom_model`` on one frame's outputs; returns its data and its message as plain JSON data.

        Raises:
            ParserFailure: The parser raised, or returned what its contract does not allow.
        """
        with _guarded(self.source, "parse_custom_model"):
            returned = self._module.parse_custom_model(self._config(image_size, network_size), Layers(raw_outputs))
            return results.custom(returned)

    def add_to_meta(self, image_size: tuple[int, int], data: Any, batch_meta: Any, frame_meta: Any) -> None:
        """Run ``add_custom_to_meta``, when the parser has one and there is data for it.

        Raises:
            ParserFailure: The parser raised.
        """
        add: Callable[..., object] | None = getattr(self._module, "add_custom_to_meta", None)
        if add is None or data is None:
            return
        with _guarded(self.source, "add_custom_to_meta"):
            add(self._config(image_size), data, batch_meta, frame_meta)

    def _config(self, image_size: Size, network_size: Size | None = None) -> FrameConfig:
        return frame_config(image_size, self._scaling, network_size, self.labels, self.name)


class SecondaryParser:
    """A secondary parser that keeps its contract.

    Args:
        module: Defines the names of the contract.
        source: The file, for messages.

    Raises:
        ParserFailure: The contract is broken; all breaches are listed at once.
    """

    def __init__(self, module: Any, source: str) -> None:
        _check(module, Role.SECONDARY, source)
        self.source = source
        self.gie_unique_id: int = int(module.gie_unique_id)
        self._module = module

    def parse(self, image_size: Size, raw_outputs: Mapping[str, Any], network_size: Size | None = None) -> Any:
        """Run ``parse_sgie_model`` on one object's outputs; returns its message as plain JSON data.

        Raises:
            ParserFailure: The parser raised, or its message is not JSON.
        """
        with _guarded(self.source, "parse_sgie_model"):
            config = FrameConfig(image_size=image_size, network_size=network_size or image_size)
            returned = self._module.parse_sgie_model(config, Layers(raw_outputs))
            return plain(returned)


def load_primary(path: Path, scaling: Scaling | None = None) -> PrimaryParser:
    """Load a user's primary parser.

    Args:
        path: Its file.
        scaling: How frames are brought into the network's input.

    Raises:
        ParserFailure: It cannot be loaded, or breaks its contract.
    """
    return PrimaryParser(load(path), str(path), scaling)


def load_secondary(path: Path) -> SecondaryParser:
    """Load a user's secondary parser.

    Raises:
        ParserFailure: It cannot be loaded, or breaks its contract.
    """
    return SecondaryParser(load(path), str(path))


def _check(module: object, role: Role, source: str) -> None:
    found = breaches(module, role)
    if found:
        raise ParserFailure(source, FailureKind.CONTRACT, found)


@contextmanager
def _guarded(source: str, function: str) -> Iterator[None]:
    try:
        yield
    except ResultError as error:
        raise ParserFailure(source, FailureKind.RESULT, error.breaches) from None
    except (Exception, SystemExit) as error:
        raise raised(source, FailureKind.RAISED, function, error) from error
