"""Pictures in from files and videos, and out with boxes on them, many on one sheet."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from simulator.errors import SimulatorError

Pixels = npt.NDArray[np.uint8]
"""Shape (height, width, 3): red, green, blue."""

_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff", ".ppm"})
_MOST_PICTURES = 64
_TILE = 480
_GAP = 8
_GREEN, _WHITE = (60, 220, 60), (255, 255, 255)
_FONT = cv2.FONT_HERSHEY_SIMPLEX


class PictureError(SimulatorError):
    """A path holds no picture that can be read."""


def read_pictures(path: Path) -> Iterator[tuple[str, Pixels]]:
    """The pictures of a folder by their names, one picture, or frames of a video at even distances; 64 at most.

    Raises:
        PictureError: The path holds no pictures.
    """
    if path.is_dir():
        files = sorted(each for each in path.rglob("*") if each.suffix.lower() in _SUFFIXES)
        count = 0
        for file in files[:_MOST_PICTURES]:
            picture = read_picture(file)
            if picture is not None:
                count += 1
                yield file.name, picture
        if not count:
            raise PictureError(f"{path} holds no picture", hint="Give a folder of JPEG or PNG files, or a video.")
        return
    single = read_picture(path) if path.suffix.lower() in _SUFFIXES else None
    if single is not None:
        yield path.name, single
        return
    yield from _frames(path)


def read_picture(path: Path) -> Pixels | None:
    """Decode a picture; None when it is not a picture, or not complete."""
    data = np.fromfile(path, dtype=np.uint8)
    if _is_cut_jpeg(data):
        return None
    read: Any = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    return None if read is None else np.ascontiguousarray(read[..., ::-1])


def _is_cut_jpeg(data: npt.NDArray[np.uint8]) -> bool:
    """Whether a JPEG lacks its end: OpenCV fills up with grey. Nothing in a scan reads as the end's marker."""
    text = data.tobytes()
    return text.startswith(b"\xff\xd8") and text.rfind(b"\xff\xd9") < text.rfind(b"\xff\xda")


def _frames(path: Path) -> Iterator[tuple[str, Pixels]]:
    video = cv2.VideoCapture(str(path))
    try:
        total = int(video.get(cv2.CAP_PROP_FRAME_COUNT))
        step, number, given = max(1, total // _MOST_PICTURES), 0, 0
        while given < _MOST_PICTURES:
            there, frame = video.read()
            if not there:
                break
            if number % step == 0:
                given += 1
                yield f"frame {number} of {path.name}", np.ascontiguousarray(frame[..., ::-1]).astype(np.uint8)
            number += 1
    finally:
        video.release()
    if not given:
        raise PictureError(f"{path} is neither a picture nor a video", hint="Give JPEG or PNG files, or a video.")


def with_alpha(picture: Pixels) -> Pixels:
    """The same with an opaque alpha channel."""
    alpha = np.full((*picture.shape[:2], 1), 255, dtype=np.uint8)
    return np.concatenate([picture, alpha], axis=2)


Boxes = Sequence[tuple[Sequence[float], str]]
"""(x, y, width, height) in pixels of a picture, and what stands above it."""


def annotated(picture: Pixels, found: Boxes, title: str, truth: Boxes = ()) -> Pixels:
    """A tile of a sheet: the picture at a fixed width, with boxes, their texts and a title.

    Args:
        picture: The whole picture.
        found: Boxes (x, y, width, height in its pixels) and what stands above them.
        title: What stands at the top.
        truth: What is truly there, in white below the others.
    """
    scale = _TILE / max(1, picture.shape[1])
    size = (_TILE, max(1, round(picture.shape[0] * scale)))
    tile: Any = np.ascontiguousarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
    for box, words, colour in [*((*each, _WHITE) for each in truth), *((*each, _GREEN) for each in found)]:
        left, top, width, height = (int(np.clip(value * scale, -(2**15), 2**15)) for value in box)
        cv2.rectangle(tile, (left, top), (left + width, top + height), colour, 2)
        cv2.putText(tile, _ascii(words), (max(0, left), max(12, top - 4)), _FONT, 0.4, colour, 1, cv2.LINE_AA)
    strip: Any = np.zeros((22, _TILE, 3), dtype=np.uint8)
    cv2.putText(strip, _ascii(title), (6, 15), _FONT, 0.45, _WHITE, 1, cv2.LINE_AA)
    result: Pixels = np.concatenate([strip, tile]).astype(np.uint8)
    return result


def write_sheet(path: Path, tiles: Sequence[Pixels], *, columns: int) -> None:
    """Write tiles side by side as one PNG.

    Raises:
        OSError: It cannot be written.
    """
    columns = max(1, min(columns, len(tiles)))
    rows = [tiles[start : start + columns] for start in range(0, len(tiles), columns)]
    heights = [max(tile.shape[0] for tile in row) for row in rows]
    width = columns * _TILE + (columns - 1) * _GAP
    sheet = np.full((sum(heights) + _GAP * (len(rows) - 1), width, 3), 24, dtype=np.uint8)
    top = 0
    for row, height in zip(rows, heights, strict=True):
        for column, tile in enumerate(row):
            left = column * (_TILE + _GAP)
            sheet[top : top + tile.shape[0], left : left + _TILE] = tile
        top += height + _GAP
    _, data = cv2.imencode(".png", np.ascontiguousarray(sheet[..., ::-1]))
    path.write_bytes(data.tobytes())


def _ascii(text: str) -> str:
    """OpenCV's letters are ASCII."""
    return text.encode("ascii", "replace").decode("ascii")
