"""Raw outputs and what a parser made of them, as a file: format ``azda-tensors``, version 1.

A file is a ZIP archive that numpy.load reads too (an ``.npz``): ``azda.json`` says what there is, and each array is a
``.npy`` of its own, ``t<frame>.<layer>.npy`` with both counted from 0. Nothing in it is a pickle, and none is read.
"""

import contextlib
import json
import os
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FORMAT, VERSION = "azda-tensors", 1
SUFFIX = ".npz"
_INDEX = "azda.json"
_LARGEST_INDEX = 64 * 1024 * 1024
_LARGEST_ARRAY = 1 << 30


class RecordingError(Exception):
    """A file cannot be read as a recording, or not be written.

    Args:
        message: One sentence that names the file.
        hint: What to do.
    """

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What a parser made of a frame's outputs.

    Attributes:
        boxes: Rows of x, y, width, height in pixels of the frame; of a detection parser, as the next two.
        class_ids: As many.
        scores: As many.
        message: The message, as JSON data.
    """

    boxes: tuple[tuple[float, ...], ...] = ()
    class_ids: tuple[int, ...] = ()
    scores: tuple[float, ...] = ()
    message: Any = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One frame, or one object of a secondary model.

    Attributes:
        tensors: Layer name -> array, without the batch.
        image_size: Width and height of the frame.
        network_size: The same of the network's input; None when nobody knows.
        name: What it is, as ``door 120``.
        result: What the parser made of it; None when nobody knows.
        origin: How `validate-parser` made the tensors, as JSON data; None where a model gave them.
    """

    tensors: Mapping[str, NDArray[Any]]
    image_size: tuple[int, int]
    network_size: tuple[int, int] | None = None
    name: str = ""
    result: Result | None = None
    origin: Mapping[str, Any] | None = None


def write(path: Path, records: Sequence[Record], *, parser: str = "") -> None:
    """Write records to a file, whole or not at all.

    Raises:
        RecordingError: It cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            frames = [_add(archive, number, record) for number, record in enumerate(records)]
            index = {"format": FORMAT, "version": VERSION, "parser": parser, "frames": frames}
            archive.writestr(_INDEX, json.dumps(index, allow_nan=False))
        partial.replace(path)
    except (OSError, ValueError) as error:
        with contextlib.suppress(OSError):
            partial.unlink()
        reason = getattr(error, "strerror", None) or str(error)
        raise RecordingError(f"{path} cannot be written: {reason}", "Name a folder with room for it.") from None


def _add(archive: zipfile.ZipFile, number: int, record: Record) -> dict[str, Any]:
    for position, array in enumerate(record.tensors.values()):
        with archive.open(f"t{number}.{position}.npy", "w", force_zip64=True) as file:
            np.save(file, np.asarray(array), allow_pickle=False)
    result = record.result
    return {
        "name": record.name,
        "imageSize": list(record.image_size),
        "networkSize": None if record.network_size is None else list(record.network_size),
        "layers": list(record.tensors),
        "result": None
        if result is None
        else {
            "boxes": [list(box) for box in result.boxes],
            "classIds": list(result.class_ids),
            "scores": list(result.scores),
            "message": result.message,
        },
        **({} if record.origin is None else {"origin": dict(record.origin)}),
    }


def read(path: Path) -> list[Record]:
    """Read a file's records.

    Raises:
        RecordingError: It is not a recording of this version, or damaged.
    """
    again = "Record it again with --record, or with `azda_runtime run --record-tensors` on the device."
    try:
        with zipfile.ZipFile(path) as archive:
            return [_record(archive, n, frame) for n, frame in enumerate(_index(archive, path, again)["frames"])]
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror or error}", "Check the path.") from None
    except zipfile.BadZipFile:
        raise RecordingError(f"{path} is not a recording of tensors", again) from None
    except MemoryError:
        raise RecordingError(f"{path} is damaged: its arrays do not fit into memory", again) from None
    except (KeyError, ValueError, TypeError, EOFError, RuntimeError, zlib.error) as error:
        raise RecordingError(f"{path} is damaged: {error}", again) from None


def _index(archive: zipfile.ZipFile, path: Path, hint: str) -> Mapping[str, Any]:
    try:
        size = archive.getinfo(_INDEX).file_size
    except KeyError:
        raise RecordingError(f"{path} is not a recording of tensors: it has no {_INDEX}", hint) from None
    if size > _LARGEST_INDEX:
        raise ValueError(f"its {_INDEX} has {size} bytes")
    index = json.loads(archive.read(_INDEX))
    if not isinstance(index, dict) or index.get("format") != FORMAT or not isinstance(index.get("frames"), list):
        raise RecordingError(f"{path} is not a recording of tensors: its {_INDEX} says something else", hint)
    if index.get("version") != VERSION:
        hint = "Update azdacli, or record it again."
        raise RecordingError(f"{path} has version {index.get('version')} of the format, {VERSION} is read", hint)
    return index


def _record(archive: zipfile.ZipFile, number: int, frame: Mapping[str, Any]) -> Record:
    tensors = {}
    for position, layer in enumerate(frame["layers"]):
        entry = archive.getinfo(f"t{number}.{position}.npy")
        if entry.file_size > _LARGEST_ARRAY:
            raise ValueError(f"the layer '{layer}' has {entry.file_size} bytes")
        with archive.open(entry) as file:
            tensors[str(layer)] = np.load(file, allow_pickle=False)
    width, height = frame["imageSize"]
    reported = frame.get("result")
    result = None
    if reported is not None:
        result = Result(
            boxes=tuple(tuple(map(float, box)) for box in reported["boxes"]),
            class_ids=tuple(map(int, reported["classIds"])),
            scores=tuple(map(float, reported["scores"])),
            message=reported["message"],
        )
    network = frame.get("networkSize")
    return Record(
        tensors=tensors,
        image_size=(int(width), int(height)),
        network_size=None if network is None else (int(network[0]), int(network[1])),
        name=str(frame.get("name", "")),
        result=result,
        origin=_origin(frame.get("origin")),
    )


def _origin(value: Any) -> Mapping[str, Any] | None:
    if value is not None and not isinstance(value, dict):
        raise ValueError("an origin is no object")
    return value
