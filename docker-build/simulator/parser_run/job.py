"""What is to be run: read from JSON, as azdacli writes it."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

GIVEN_FRAMES = 1000
GIVEN_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """What a layer is like.

    Attributes:
        name: The layer's name.
        dims: Its shape without the batch.
        dtype: numpy's name of its type.
    """

    name: str
    dims: tuple[int, ...]
    dtype: str = "float32"


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """One parser, and what it is run on.

    Attributes:
        parser: The parser's file.
        config: The configuration of its model, for nvinfer or nvinferserver.
        model: The ONNX file, where there is no configuration that names it, or another is to be taken.
        shapes: The layers, where there is no model.
        replay: Recorded tensors to run on instead: files and folders of them.
        frames: How many frames the look for growth takes.
        seconds: How long one call may take.
        streams: How many streams share the time of a frame.
        images: A folder of pictures, a picture or a video, to run the model on.
        record: Whether tensors and results are recorded.
        folder: Where inputs that show something are written.
        only: Write the input of this name and run nothing.
    """

    parser: Path
    config: Path | None = None
    model: Path | None = None
    shapes: tuple[Shape, ...] = ()
    replay: tuple[Path, ...] = ()
    frames: int = GIVEN_FRAMES
    seconds: float = GIVEN_SECONDS
    streams: int = 1
    images: Path | None = None
    record: bool = False
    folder: Path = field(default_factory=Path)
    only: str = ""


def loads(text: str) -> Job:
    """Read a job."""
    given: dict[str, Any] = json.loads(text)
    paths: dict[str, Any] = {
        name: Path(given[name]) for name in ("parser", "config", "model", "images", "folder") if given.get(name)
    }
    plain = {name: given[name] for name in ("frames", "seconds", "streams", "record", "only") if name in given}
    shapes = tuple(Shape(name=s["name"], dims=tuple(s["dims"]), dtype=s["dtype"]) for s in given.get("shapes", ()))
    replay: list[str] = given.get("replay", ())
    return Job(**paths, **plain, shapes=shapes, replay=tuple(map(Path, replay)))
