"""What one detection's metadata costs in microseconds: made and filled, walked by a program, copied, released.

Run with `PYTHONPATH=docker-build/simulator/site-packages python bench/metadata_cost.py`; prints one JSON object.
"""

import gc
import json
import sys
import time
from collections.abc import Callable
from typing import Any

import pyds
from pyds import _simulator as sim

OBJECTS = 100
ROUNDS = 100


def made() -> Any:
    """A batch of one frame with a hundred objects, filled as a detector fills them."""
    batch = sim.new_batch(1)
    frame = pyds.nvds_acquire_frame_meta_from_pool(batch)
    pyds.nvds_add_frame_meta_to_batch(batch, frame)
    for number in range(OBJECTS):
        found = pyds.nvds_acquire_obj_meta_from_pool(batch)
        found.class_id, found.object_id, found.confidence, found.obj_label = 2, number, 0.75, "car"
        rect = found.rect_params
        rect.left, rect.top, rect.width, rect.height, rect.border_width = 1.5, 2.5, 30.0, 40.0, 3
        pyds.nvds_add_obj_meta_to_frame(frame, found, None)
    return batch


def walk(batch: Any) -> None:
    """Read every object as a probe does."""
    node = pyds.NvDsFrameMeta.cast(batch.frame_meta_list.data).obj_meta_list
    while node is not None:
        found = pyds.NvDsObjectMeta.cast(node.data)
        _ = found.class_id, found.confidence, found.rect_params.left
        node = node.next


def microseconds(action: Callable[[Any], Any], batches: list[Any]) -> float:
    """The best of all rounds, per object."""
    best = float("inf")
    for batch in batches:
        begun = time.perf_counter()
        action(batch)
        best = min(best, time.perf_counter() - begun)
    return round(best / OBJECTS * 1e6, 3)


def main() -> None:
    """Measure and print."""
    gc.disable()
    batches = [made() for _ in range(ROUNDS)]
    figures = {
        "made_and_filled": microseconds(lambda _: made(), batches),
        "walked": microseconds(walk, batches),
        "copied": microseconds(sim.copy_batch, batches),
        "released": microseconds(sim.release_batch, batches),
    }
    report = {"microseconds_per_object": figures, "python": sys.version.split()[0]}
    print(json.dumps(report))


if __name__ == "__main__":
    main()
