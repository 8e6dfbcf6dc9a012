"""What is to be run: read from JSON, as azdacli writes it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A model, and the pictures that it is run on.

    Attributes:
        config: The configuration of the model, for nvinfer or nvinferserver.
        parser: The parser of its outputs, where Python reads them.
        pictures: Name and path of each picture.
        variants: Keys of the configuration that are changed, as texts; each picture is run with every variant.
    """

    config: Path
    parser: Path | None
    pictures: tuple[tuple[str, Path], ...]
    variants: tuple[Mapping[str, str], ...]


def loads(text: str) -> Job:
    """Read a job."""
    given: dict[str, Any] = json.loads(text)
    return Job(
        config=Path(given["config"]),
        parser=Path(given["parser"]) if given["parser"] else None,
        pictures=tuple((name, Path(path)) for name, path in given["pictures"]),
        variants=tuple(given["variants"]),
    )
