"""YOLOv8: one layer of (4 + classes) x anchors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

model_type: int = 0
name: str = "YoloV8"
labels: list[str] = ["hardhat", "vest", "person"]


def parse_det_model(config: Any, raw_outputs: dict[str, NDArray[np.float32]]) -> tuple[Any, ...]:
    layer = raw_outputs["output0"].T
    scores = layer[:, 4:]
    ids = scores.argmax(1)
    best = scores[np.arange(len(ids)), ids]
    keep = best > 0.3
    boxes = layer[keep, :4].copy()
    boxes[:, :2] -= boxes[:, 2:] / 2
    return boxes, ids[keep], best[keep], None
