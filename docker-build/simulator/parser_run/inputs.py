"""What a parser is run on: tensors, how much they can be believed, and the size of the frame."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.parser_run.job import Shape

Tensors = Mapping[str, NDArray[Any]]
FRAME_SIZES = ((1920, 1080), (640, 480), (1080, 1920), (333, 217))
USUAL = FRAME_SIZES[0]
NAN = "nan"

Box = tuple[float, float, float, float]
"""Left, top, right, bottom, from 0 to 1."""
WHOLE: Box = (0.0, 0.0, 1.0, 1.0)


class Trust(Enum):
    """Whether a model gives such tensors.

    What depends on values is a finding for MODEL and SCENE alone: nobody knows whether a model gives all ones. What
    does not, a wrong shape, counts for every input.
    """

    MODEL = "the model's own"
    SCENE = "made as this family of models gives them"
    ANY = "of the right shape"
    BROKEN = "NaN, infinity or a layer that is missing"


@dataclass(frozen=True, kw_only=True, slots=True)
class Input:
    """One input.

    Attributes:
        name: Names it in findings and files.
        tensors: Layer name -> array, without the batch.
        trust: How much its values can be believed.
        size: Width and height of the frame.
        about: What it is, for a sentence: "on …".
        inside: Whether its objects lie inside the frame.
        missing: The layer that was taken out.
        objects: What was planted: each object's box in the network's input, and its class.
        precise: Whether these objects are large enough to be held against what comes back.
        made_as: The name it had when it was made, where it was read from a recording.
    """

    name: str
    tensors: Tensors
    trust: Trust
    about: str
    size: tuple[int, int] = USUAL
    inside: bool = False
    missing: str = ""
    objects: tuple[tuple[Box, int], ...] = ()
    precise: bool = False
    made_as: str = ""

    @property
    def is_nan(self) -> bool:
        """Whether all of its numbers are NaN."""
        return NAN in {self.name, self.made_as}


def same_everywhere(shapes: Sequence[Shape]) -> Iterator[Input]:
    """Zeros, ones and noise of the layers' shapes."""
    generator = np.random.default_rng(7)
    yield _filled(shapes, "zeros", "all zeros", lambda shape: np.zeros(shape.dims))
    yield _filled(shapes, "ones", "all ones", lambda shape: np.ones(shape.dims))
    yield _filled(shapes, "random", "random values from 0 to 1", lambda shape: _noise(shape, generator))


def _noise(shape: Shape, generator: np.random.Generator) -> NDArray[Any]:
    if np.dtype(shape.dtype).kind in "iu":
        return generator.integers(0, 2, shape.dims)
    return generator.random(shape.dims)


def _filled(shapes: Sequence[Shape], name: str, about: str, make: Any) -> Input:
    tensors = {shape.name: np.asarray(make(shape), dtype=shape.dtype).reshape(shape.dims) for shape in shapes}
    return Input(name=name, tensors=tensors, trust=Trust.ANY, about=f"tensors of {about}")


def like(shapes: Sequence[Shape], given: Sequence[Tensors]) -> Iterator[Input]:
    """Random values in the range that each column of a layer has in what the model itself gave."""
    generator = np.random.default_rng(11)
    tensors = {}
    for shape in shapes:
        seen = np.stack([each[shape.name] for each in given]).astype(np.float64)
        axes = tuple(range(seen.ndim - 1)) if len(shape.dims) > 1 else None
        low, high = seen.min(axis=axes), seen.max(axis=axes)
        values = low + (high - low) * generator.random(shape.dims)
        whole = np.issubdtype(shape.dtype, np.integer)
        tensors[shape.name] = (np.rint(values) if whole else values).astype(shape.dtype).reshape(shape.dims)
    about = "random tensors in the range of the model's own"
    yield Input(name="like-the-model", tensors=tensors, trust=Trust.ANY, about=about)


def broken(source: Input) -> Iterator[Input]:
    """NaN and infinity in all layers that can hold them, and each layer taken out."""
    for name, value in ((NAN, np.nan), ("infinity", np.inf)):
        tensors = {
            layer: np.full_like(array, value) if array.dtype.kind == "f" else array
            for layer, array in source.tensors.items()
        }
        yield Input(name=name, tensors=tensors, trust=Trust.BROKEN, about=f"tensors of {name}", size=source.size)
    for number, layer in enumerate(source.tensors):
        tensors = {name: array for name, array in source.tensors.items() if name != layer}
        about = f"tensors without the layer '{layer}'"
        yield Input(
            name=f"missing-{number}",
            tensors=tensors,
            trust=Trust.BROKEN,
            about=about,
            size=source.size,
            missing=layer,
        )


def copies(tensors: Tensors) -> Tensors:
    """Arrays of their own: a parser may write into what it gets."""
    return {name: np.array(array, copy=True) for name, array in tensors.items()}
