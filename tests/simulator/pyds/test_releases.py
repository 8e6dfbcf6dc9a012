"""What the bindings of each DeepStream release have, and what AZDA_DEEPSTREAM chooses."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pyds._deepstream import table

from azdacli.image import catalog

ROOT = Path(__file__).parents[3]
SIMULATOR = ROOT / "docker-build" / "simulator"
PROGRAM = """
import json, pyds
from pyds._errors import api
surface = api()
batch = pyds.nvds_create_batch_meta(1)
pyds.nvds_add_frame_meta_to_batch(batch, pyds.nvds_acquire_frame_meta_from_pool(batch))
try:
    end = batch.frame_meta_list.next
except StopIteration:
    end = "StopIteration"
names = {*surface["classes"], *surface["functions"], *surface["enums"], *surface["constants"]}
missing = [f"{owner}.{name}" for owner, recorded in surface["classes"].items() for name in recorded["attributes"]
           if not hasattr(getattr(pyds, owner), name)]
print(json.dumps({
    "version": pyds.__version__,
    "end": end,
    "surface": names == {name for name in vars(pyds) if not name.startswith("_")},
    "missing": missing,
    "members": [name for name, members in surface["enums"].items()
                if {key: int(value) for key, value in getattr(pyds, name).__members__.items()} != members],
    "constants": [name for name, value in surface["constants"].items() if int(getattr(pyds, name)) != value],
    "analytics": pyds.NvDsMetaType.__members__.get("NVDS_OBJ_META_NVDSANALYTICS") is not None,
    "regions": hasattr(pyds, "GstNvDsPreProcessBatchMeta"),
    "unique_id": hasattr(pyds.NvDsInferSegmentationMeta(), "unique_id"),
}))
"""


def seen(program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(map(str, (SIMULATOR / "site-packages", SIMULATOR.parent)))
    inherited = {name: value for name, value in os.environ.items() if name not in ("AZDA_DEEPSTREAM", "PYDS_LIST_END")}
    return subprocess.run(
        [sys.executable, "-c", program],
        env={**inherited, "PYTHONPATH": path, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("release", "version", "end", "newer"),
    [
        ("6.4", "1.1.10", "StopIteration", False),
        ("7.0", "1.1.11", "StopIteration", False),
        ("", "1.2.0", None, False),
        ("8.0", "1.2.0", None, True),
        ("9.2", "1.2.0", None, True),
    ],
)
def test_a_release_has_the_names_and_the_lists_of_its_bindings(
    release: str, version: str, end: Any, newer: bool
) -> None:
    done = seen(PROGRAM, AZDA_DEEPSTREAM=release)
    assert done.stderr == ""
    assert json.loads(done.stdout) == {
        "version": version,
        "end": end,
        "surface": True,
        "missing": [],
        "members": [],
        "constants": [],
        "analytics": newer,
        "regions": newer,
        "unique_id": newer,
    }


@pytest.mark.parametrize(
    ("release", "dtype", "number"),
    [("6.4", "int64", None), ("7.1", "int64", 4), ("7.1", "uint8", None), ("9.1", "int64", 4), ("9.1", "uint8", 5)],
)
def test_a_release_has_the_types_of_layers_that_its_nvinfer_has(release: str, dtype: str, number: int | None) -> None:
    program = (
        "import numpy, pyds; from pyds import _simulator as sim; "
        f"meta = sim.tensor_meta({{'a': numpy.zeros(2, '{dtype}')}}, unique_id=1, network=(1, 1, 3)); "
        "print(int(pyds.get_nvds_LayerInfo(meta, 0).dataType))"
    )
    done = seen(program, AZDA_DEEPSTREAM=release)
    if number is None:
        assert f"layer 'a' is {dtype}: DeepStream {release} knows float32" in done.stderr
    else:
        assert (done.stdout, done.stderr) == (f"{number}\n", "")


def test_a_release_that_is_not_known_is_refused_by_name() -> None:
    done = seen("import pyds", AZDA_DEEPSTREAM="5.1")
    assert "AZDA_DEEPSTREAM is '5.1'; the simulator knows 6.4, 7.0, 7.1, 8.0, 9.0, 9.1, 9.2" in done.stderr


def test_what_prepares_regions_is_written_and_read_in_newer_releases() -> None:
    program = """
import pyds
meta = pyds.GstNvDsPreProcessBatchMeta()
meta.target_unique_ids = [1, 2**64 - 1]
region = pyds.NvDsRoiMeta()
region.roi.left, region.scale_ratio_x = 3, 0.1
meta.roi_vector = [region]
meta.tensor_meta = pyds.NvDsPreProcessTensorMeta()
meta.tensor_meta.tensor_shape = [1, 3, 4, 4]
meta.tensor_meta.data_type = pyds.NvDsDataType_FP16
for name, value in (("target_unique_ids", [-1]), ("target_unique_ids", 1), ("roi_vector", [1])):
    try:
        setattr(meta, name, value)
    except TypeError:
        print("refused", name)
print(meta.target_unique_ids, meta.roi_vector[0].scale_ratio_x, meta.tensor_meta.data_type)
"""
    done = seen(program, AZDA_DEEPSTREAM="9.1")
    assert done.stderr == ""
    *refused, last = done.stdout.splitlines()
    assert refused == ["refused target_unique_ids", "refused target_unique_ids", "refused roi_vector"]
    assert last == "[1, 18446744073709551615] 0.1 NvDsDataType.NvDsDataType_FP16"


def test_the_simulator_and_the_catalog_know_the_same_releases() -> None:
    mine = {version: facts["pyds"] for version, facts in table()["releases"].items()}
    known = catalog.load()
    assert mine == {version: release.bindings.version for version, release in known.releases.items()}
    assert table()["default"] == known.default
