"""A curve of precision over recall as a picture."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

_SIDE, _EDGE = 480, 56
_DARK, _PALE, _BLUE = (40, 40, 40), (220, 220, 220), (170, 90, 20)  # OpenCV's order: blue, green, red
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_STEPS = 5


def write_curve(path: Path, precision: Sequence[float], title: str) -> None:
    """Write a PNG.

    Args:
        path: The file.
        precision: Precisions at recalls from 0 to 1, at even distances.
        title: What stands at the top, in ASCII.

    Raises:
        OSError: It cannot be written.
    """
    sheet: Any = np.full((_SIDE + 2 * _EDGE, _SIDE + 2 * _EDGE, 3), 255, np.uint8)
    for step in range(_STEPS + 1):
        value = step / _STEPS
        cv2.line(sheet, _at(0, value), _at(1, value), _PALE, 1)
        cv2.line(sheet, _at(value, 0), _at(value, 1), _PALE, 1)
        left, bottom = _at(0, value), _at(value, 0)
        cv2.putText(sheet, f"{value:.1f}", (left[0] - 34, left[1] + 4), _FONT, 0.4, _DARK, 1, cv2.LINE_AA)
        cv2.putText(sheet, f"{value:.1f}", (bottom[0] - 10, bottom[1] + 18), _FONT, 0.4, _DARK, 1, cv2.LINE_AA)
    last = max(1, len(precision) - 1)
    points = [_at(number / last, value) for number, value in enumerate(precision)]
    cv2.polylines(sheet, [np.array(points, np.int32)], isClosed=False, color=_BLUE, thickness=2, lineType=cv2.LINE_AA)
    cv2.putText(sheet, title, (_EDGE, 32), _FONT, 0.5, _DARK, 1, cv2.LINE_AA)
    cv2.putText(sheet, "recall", (_EDGE + _SIDE - 44, _SIDE + _EDGE + 40), _FONT, 0.45, _DARK, 1, cv2.LINE_AA)
    cv2.putText(sheet, "precision", (8, _EDGE - 12), _FONT, 0.45, _DARK, 1, cv2.LINE_AA)
    _, data = cv2.imencode(".png", sheet)
    path.write_bytes(data.tobytes())


def _at(recall: float, precision: float) -> tuple[int, int]:
    return _EDGE + round(recall * _SIDE), _EDGE + round((1 - precision) * _SIDE)
