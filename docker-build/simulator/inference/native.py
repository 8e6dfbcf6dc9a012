"""What a native parser is asked for and gives; who runs it stands outside."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from simulator.inference.detections import NOTHING, Detections
from simulator.inference.postprocess import Attribute
from simulator.inference.session import Tensors
from simulator.inference.settings import NativeFunction


@dataclass(frozen=True, kw_only=True, slots=True)
class Parsed:
    """What a native parser found in one frame or object.

    Attributes:
        detections: Boxes in pixels of the network, before thresholds and clustering; with masks of instances.
        attributes: For a classifier.
        description: What a classifier's parser wrote for the object's display text.
    """

    detections: Detections = NOTHING
    attributes: tuple[Attribute, ...] = ()
    description: str = ""


class NativeParser(Protocol):
    """A loaded native parser."""

    def parse(self, outputs: Tensors) -> Parsed:
        """Parse the outputs of one frame or object.

        Raises:
            ModelError: The function says that it failed, crashed, or does not return.
        """

    def close(self) -> None:
        """End what runs it."""


OpenNative = Callable[[NativeFunction, tuple[int, int, int]], NativeParser]
"""Loads a parser for a network of a width, a height (pixels) and channels."""
