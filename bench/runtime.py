"""The runtime's own cost per object: a detection parser's result to its message, 4 streams of 50 objects.

Microseconds per object for checking what a parser returned, and for making the message.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from measure import figure, report

sys.path.insert(0, str(Path(__file__).parent.parent / "docker-build"))

from azda_runtime.messages import Messenger
from azda_runtime.parsers.calling import PrimaryParser
from azda_runtime.seen import SeenFrame, SeenObject
from azda_runtime.settings import Pipeline

STREAMS, OBJECTS, ROUNDS = 4, 50, 200


def microseconds_per_object(work: Callable[[], object]) -> float:
    """The best of five runs, so that other programs count as little as may be."""
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(ROUNDS):
            work()
        best = min(best, time.perf_counter() - start)
    return best / (ROUNDS * STREAMS * OBJECTS) * 1e6


def main() -> None:
    """Measure and print."""
    random = np.random.default_rng(1)
    returned = (random.random((OBJECTS, 4)) * 100, np.arange(OBJECTS) % 3, random.random(OBJECTS), None)
    module = SimpleNamespace(model_type=0, name="P", labels=["a", "b", "c"], parse_det_model=lambda *_: returned)
    parser = PrimaryParser(module, "bench")
    found = parser.detect((1920, 1080), {})
    objects = tuple(
        SeenObject(class_id=i, label=label, confidence=score, box=tuple(box), component_id=1, tracking_id=n)
        for n, (i, label, score, box) in enumerate(
            zip(found.class_ids, found.labels, found.scores, found.boxes.tolist(), strict=True)
        )
    )
    frames = [
        SeenFrame(sensor=f"camera-{n}", number=1, time=10**18, width=1920, height=1080, objects=objects)
        for n in range(STREAMS)
    ]
    messenger = Messenger(Pipeline(id="P"))
    check = microseconds_per_object(lambda: [parser.detect((1920, 1080), {}) for _ in range(STREAMS)])
    message = microseconds_per_object(lambda: list(messenger.messages(frames)))
    report({"check_result_per_object": figure(check, "us"), "make_message_per_object": figure(message, "us")})


if __name__ == "__main__":
    main()
