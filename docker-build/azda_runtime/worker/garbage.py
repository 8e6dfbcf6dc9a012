"""Python's garbage collector, set for a pipeline: thousands of small objects per batch, of which nearly none stay.

With Python's own thresholds it runs after every 700 objects, and every full run goes through all modules that were
loaded. At 500 detections a frame that is 5 to 8 % of a pipeline's processor time, its model's included.
"""

import gc

# A batch of four frames with 500 detections makes some 20,000 objects, and what refers to itself is freed by the
# collector alone: this bounds what waits to some 10 MB.
_YOUNG, _MIDDLE, _OLD = 50_000, 10, 20


def settle() -> None:
    """Leave what is loaded out of all later runs, and let them come less often; call it when everything is prepared."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
