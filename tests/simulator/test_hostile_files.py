"""Whatever a configuration file holds, a reader gives values or one of our own errors: never anything else."""

import contextlib
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulator.analytics.settings import read_analytics_file
from simulator.drawing.dewarping import read_dewarper_file
from simulator.errors import SimulatorError
from simulator.inference.nvinfer_file import read_nvinfer_file
from simulator.inference.regions_file import read_regions_file
from simulator.inference.server_file import read_server_file
from simulator.messages.locations import read_places
from simulator.tracking.settings import read_tracker_file

READERS: dict[str, Callable[[Path], Any]] = {
    "nvinfer": read_nvinfer_file,
    "nvinferserver": read_server_file,
    "nvdspreprocess": read_regions_file,
    "nvdsanalytics": read_analytics_file,
    "nvdewarper": read_dewarper_file,
    "nvmsgconv": read_places,
    "nvtracker": read_tracker_file,
}
SECTIONS = (
    *("property", "class-attrs-all", "class-attrs-0", "class-attrs-x", "group-0", "group-a", "user-configs"),
    *("surface0", "surfaceX", "sensor0", "sensor", "place0", "analytics0", "roi-filtering-stream-0"),
    *("line-crossing-stream-0", "overcrowding-stream-x", "direction-detection-stream-0", "BaseConfig"),
    *("TargetManagement", "DataAssociator", "StateEstimator"),
)
KEYS = (
    *("onnx-file", "gie-unique-id", "batch-size", "offsets", "infer-dims", "operate-on-class-ids"),
    *("num-detected-classes", "network-type", "threshold", "border-color", "labelfile-path", "src-ids"),
    *("roi-params-src-0", "roi-params-src-x", "process-on-roi", "network-input-shape", "enable", "id", "location"),
    *("coordinate", "config-width", "config-height", "class-id", "roi-A", "line-crossing-A", "direction-A", "mode"),
    *("projection-type", "width", "height", "focal-length", "distortion", "minDetectorConfidence", "probationAge"),
    *("matchingScoreWeight4Iou", "maxShadowTrackingAge"),
)
VALUES = st.one_of(
    st.sampled_from(["", "0", "1", "-1", "1e999", "nan", "0x1F", "1;2;3", ";", "\\", "true", "9" * 400, "[1, {a: b}]"]),
    st.text(max_size=12),
)
LINES = st.one_of(
    st.sampled_from(SECTIONS).map("[{}]".format),
    st.tuples(st.sampled_from(KEYS), VALUES).map("=".join),
    st.tuples(st.sampled_from(SECTIONS + KEYS), VALUES).map(": ".join),
    st.tuples(st.sampled_from(KEYS), VALUES).map("  {0[0]}: {0[1]}".format),
    st.sampled_from(
        ["infer_config {", "}", "unique_id: 5", "preprocess {", "%YAML:1.0", "- a", "\t", "&a [*a]", "? x"]
    ),
    st.text(max_size=20),
)


@pytest.mark.parametrize("suffix", ["txt", "yml"])
@pytest.mark.parametrize("name", READERS)
@given(lines=st.lists(LINES, max_size=12))
def test_a_reader_gives_values_or_one_of_our_errors(name: str, suffix: str, lines: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"config.{suffix}")
        path.write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
        with contextlib.suppress(SimulatorError):
            READERS[name](path)
