"""A program for the test beside it: infers on two objects of a frame and prints where everything stands, as JSON."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyds
from simulator.infer.inference import Inferrer
from simulator.inference.engine import Piece, Result
from simulator.inference.postprocess import DetectedObject
from simulator.inference.settings import InferSettings, NetworkType, ProcessMode
from simulator.support import batches
from simulator.support.video import Layout

PARENTS = [(100.0, 40.0, 60.0, 50.0), (10.0, 20.0, 64.0, 32.0)]
FOUND = (4.0, 6.0, 20.0, 10.0)


@dataclass
class Finds:
    """A detector that finds one thing at the same place in each crop."""

    settings: InferSettings
    crops: list[tuple[float, float]] = field(default_factory=list)

    def infer(self, pieces: Sequence[Piece]) -> list[Result]:
        self.crops += [(piece.rectangle.left, piece.rectangle.top) for piece in pieces if piece.rectangle]
        found = DetectedObject(
            class_id=0, box=FOUND, confidence=0.9, label="plate", border_colour=(1.0, 0.0, 0.0, 1.0), background=None
        )
        return [Result(outputs={}, objects=(found,)) for _ in pieces]


def of(box: Any) -> tuple[float, float, float, float]:
    return box.left, box.top, box.width, box.height


def main() -> None:
    batch = batches.create(1)
    layout = Layout(format="RGBA", width=320, height=180)
    frame = batches.add_frame(batch, batches.FrameFacts(surface=np.zeros((180, 320, 4), np.uint8), layout=layout))
    for left, top, width, height in PARENTS:
        parent = pyds.nvds_acquire_obj_meta_from_pool(batch.batch_meta)
        parent.unique_component_id, parent.object_id = 1, 7
        box = parent.rect_params
        box.left, box.top, box.width, box.height = left, top, width, height
        pyds.nvds_add_obj_meta_to_frame(frame, parent, None)
    mode = {"process_mode": ProcessMode.OBJECTS, "network_type": NetworkType.DETECTOR}
    engine: Any = Finds(InferSettings(model=Path("model.onnx"), unique_id=2, **mode))
    Inferrer(engine).process(batch)
    plates = [
        {
            "box": of(obj.rect_params),
            "original": of(obj.detector_bbox_info.org_bbox_coords),
            "parent": of(obj.parent.rect_params),
        }
        for obj in batches.objects(frame)
        if obj.unique_component_id == 2
    ]
    print(json.dumps({"parents": PARENTS, "found": FOUND, "crops": engine.crops, "plates": plates}))


if __name__ == "__main__":
    main()
