"""The property tables of nvstreammux, the older and the newer."""

from simulator.support.properties import (
    COMPUTE_HW,
    GPU_ID,
    INTERPOLATION,
    MAX_INT,
    MAX_UINT64,
    PLACEMENT,
    REFUSED,
    boolean,
    choice,
    integer,
    memory_type,
    text,
    unsigned,
    unsigned64,
)

FORMATS = ("NV12", "RGBA", "I420")
BATCH_LIMIT = 1024

COMMON = (
    unsigned("batch-size", 0, bounds=(0, BATCH_LIMIT)),
    integer("batched-push-timeout", -1, bounds=(-1, MAX_INT)),
    unsigned("num-surfaces-per-frame", 1, REFUSED, bounds=(1, 4)),
    unsigned("max-latency", 0),
    boolean("sync-inputs", False),
    boolean("attach-sys-ts", True),
    boolean("frame-num-reset-on-eos", False),
    boolean("frame-num-reset-on-stream-reset", False),
    unsigned64("frame-duration", MAX_UINT64, REFUSED),
    boolean("drop-pipeline-eos", False),
)
OLD = (
    *COMMON,
    unsigned("width", 0),
    unsigned("height", 0),
    boolean("enable-padding", False),
    boolean("live-source", False),
    boolean("align-inputs", False, REFUSED),
    GPU_ID,
    unsigned("buffer-pool-size", 4, bounds=(4, BATCH_LIMIT)),
    unsigned("failsafe-flush-count", 4, PLACEMENT, bounds=(1, BATCH_LIMIT)),
    boolean("drop-backward-sei", False, REFUSED),
    memory_type(0),
    COMPUTE_HW,
    choice("interpolation-method", INTERPOLATION, 1),
    boolean("async-process", True, PLACEMENT),
    boolean("extract-sei-type5-data", False, REFUSED),
    boolean("extract-sei-sim-time", False, REFUSED),
    boolean("sort-batch", False),
    boolean("cache-buffer", False, REFUSED),
    integer("cache-buffer-timeout", -1, PLACEMENT, bounds=(-1, MAX_INT)),
    boolean("align-first-buffer", False, REFUSED),
    integer("sync-inputs-ntp", 0, REFUSED, bounds=(0, MAX_INT)),
)
NEW = (*COMMON, text("config-file-path", "", REFUSED))
