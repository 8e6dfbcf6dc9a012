"""nvdslogger: passes buffers on and prints the frames per second of each source."""

import time
from collections import defaultdict
from typing import Any

from gi.repository import GObject, Gst

from simulator.support import batches
from simulator.support.base import both_ways, guarded, metadata
from simulator.support.properties import (
    MAX_INT,
    PLACEMENT,
    REFUSED,
    Property,
    boolean,
    declare,
    integer,
    real,
    text,
    unsigned,
)
from simulator.support.transform import BatchTransform

TABLE = (
    unsigned("sleep-time", 0, REFUSED),
    integer("error-after", -1, REFUSED),
    real("drop-probability", 0.0, REFUSED, bounds=(0.0, 1.0)),
    integer("datarate", 0, REFUSED, bounds=(0, MAX_INT)),
    boolean("silent", True, PLACEMENT),
    boolean("single-segment", False, REFUSED),
    text("last-message", None, PLACEMENT),
    boolean("dump", False, REFUSED),
    boolean("sync", False, REFUSED),
    Property(name="ts-offset", kind=GObject.TYPE_INT64, default=0, bounds=(-(2**63), 2**63 - 1), effect=REFUSED),
    boolean("check-imperfect-timestamp", False, REFUSED),
    boolean("check-imperfect-offset", False, REFUSED),
    unsigned("fps-measurement-interval-sec", 5),
    boolean("show-fps", False),
    boolean("show-latency", False, REFUSED),
    boolean("signal-handoffs", True, PLACEMENT),
    boolean("drop-allocation", False, REFUSED),
    unsigned("latency", 0, REFUSED),
)


class NvDsLogger(BatchTransform):
    """Prints `**PERF : FPS_0 (30.00)` to stdout every few seconds when `show-fps` is on."""

    __gtype_name__ = "GstNvdslogger"
    __gstmetadata__ = metadata("Nvdslogger", "Generic", "Pass data without modification")
    __gsttemplates__ = both_ways("ANY")
    PROPERTIES = TABLE
    __gproperties__ = declare(TABLE)

    def __init__(self) -> None:
        super().__init__()
        self._counts: dict[int, int] = defaultdict(int)
        self._since = time.monotonic()

    do_get_property = BatchTransform.do_get_property
    do_set_property = BatchTransform.do_set_property

    def open(self) -> None:
        """Start to count."""
        self._counts.clear()
        self._since = time.monotonic()

    @guarded
    def do_transform_ip(self, buffer: Gst.Buffer) -> Gst.FlowReturn:
        batch = batches.of(hash(buffer))
        for source in [frame.pad_index for frame in batches.frames(batch)] if batch is not None else [0]:
            self._counts[source] += 1
        interval = self.values["fps-measurement-interval-sec"]
        elapsed = time.monotonic() - self._since
        if self.values["show-fps"] and interval and elapsed >= interval:
            self._report(elapsed)
        return Gst.FlowReturn.OK

    def _report(self, elapsed: float) -> None:
        rates = "\t".join(f"FPS_{source} ({count / elapsed:.2f})" for source, count in sorted(self._counts.items()))
        print(f"**PERF : {rates}\t", flush=True)  # that is what the element is for
        self.open()

    def process(self, batch: Any, _buffer: Gst.Buffer) -> None:
        """Nothing: buffers without a batch pass too."""
