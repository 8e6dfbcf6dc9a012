"""What we ship or write is run as a user's parser is: the tutorial's examples, what `init` writes, what is built in."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from azda_runtime.parsers import builtin
from simulator.parser_run.events import Events
from simulator.parser_run.job import Job, Shape
from simulator.parser_run.run import run
from simulator.parser_run.watch import Watch

from azdacli import parser_check
from tests.examples.conftest import ready
from tests.model import graphs
from tests.project.test_init import made

__all__ = ["ready"]
FRAMES = 20
# In every run; the others where there is time.
QUICK = {"yolov8", "tensorflow", "ssd-mobilenet"}
WITHOUT_A_PARSER = {"detectnet", "ppocr-recognition"}


def some(names: Any) -> list[Any]:
    return [pytest.param(name, marks=() if name in QUICK else (pytest.mark.slow,)) for name in names]


@pytest.fixture(scope="module")
def watch() -> Watch:
    """One for all: an audit hook cannot be removed."""
    return Watch(Path("parser.py")).install()


def findings(watch: Watch, folder: Path, job: Job) -> list[dict[str, Any]]:
    """All findings, and that it ran to its end."""
    watch.parser, watch.kept = job.parser, True
    with (folder / "events.jsonl").open("w", encoding="utf-8") as stream, np.errstate(all="ignore"):
        events = Events(stream=stream)
        run(job, events, watch)
    last = json.loads((folder / "events.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    assert (last["event"], last.get("message")) == ("end", None)
    assert last["calls"] > FRAMES
    return [each for each in events.found if each["sure"]]


def folder_findings(watch: Watch, folder: Path, out: Path) -> list[dict[str, Any]]:
    """The findings of all parsers in a folder, each with its model."""
    _, runnables = parser_check.check_and_pair([folder])
    assert runnables
    assert all(each.config is not None for each in runnables)
    jobs = [Job(parser=each.path, config=each.config, folder=out, frames=FRAMES) for each in runnables]
    return [found for job in jobs for found in findings(watch, out, job)]


@pytest.mark.parametrize("name", some(["bodypose2d", "custom-vision", "face-landmarks", "ssd-mobilenet"]))
def test_the_tutorials_parsers_run_clean(watch: Watch, tmp_path: Path, name: str, ready: Any) -> None:
    folder = ready(name)
    assert folder_findings(watch, folder / "python" if name == "custom-vision" else folder, tmp_path) == []


@pytest.mark.parametrize("name", some(name for name in graphs.FAMILIES if name not in WITHOUT_A_PARSER))
def test_what_init_writes_for_a_family_runs_clean(watch: Watch, tmp_path: Path, name: str) -> None:
    assert folder_findings(watch, made(tmp_path, graphs.FAMILIES[name][1]()) / "custom-assets", tmp_path) == []


@pytest.mark.slow
@pytest.mark.parametrize("first", ["ppocr-detection", "yolov8"])
def test_what_init_writes_for_a_cascade_runs_clean(watch: Watch, tmp_path: Path, first: str) -> None:
    second = graphs.text_recogniser if first == "ppocr-detection" else graphs.classifier
    (tmp_path / "second.onnx").write_bytes(second())
    folder = made(tmp_path, graphs.FAMILIES[first][1](), "--secondary", tmp_path / "second.onnx")
    assert folder_findings(watch, folder / "custom-assets", tmp_path) == []


COCO = 85
BUILT_IN = {
    "yolov8": (Shape(name="output0", dims=(84, 525)),),
    "yolov5": (Shape(name="output0", dims=(567, COCO)),),
    "yolox": (Shape(name="output", dims=(525, COCO)),),
    "yolo_nms": (Shape(name="output0", dims=(300, 6)),),
    "rtdetr": (Shape(name="output0", dims=(300, 84)),),
    "yolov4": tuple(
        Shape(name=name, dims=(side, side, 3, COCO))
        for name, side in (("Identity:0", 20), ("Identity_1:0", 10), ("Identity_2:0", 5))
    ),
    "tiny_yolov3": (
        Shape(name="yolonms_layer_1", dims=(2535, 4)),
        Shape(name="yolonms_layer_1:1", dims=(80, 2535)),
    ),
    "ssd_mobilenet_v1": tuple(
        Shape(name=f"{name}:0", dims=dims)
        for name, dims in (
            ("detection_scores", (100,)),
            ("detection_classes", (100,)),
            ("detection_boxes", (100, 4)),
            ("num_detections", (1,)),
        )
    ),
    "bodypose2d": (
        Shape(name="heatmap_out/BiasAdd:0", dims=(18, 36, 48)),
        Shape(name="conv2d_transpose_1/BiasAdd:0", dims=(36, 36, 48)),
    ),
}
HELPERS = {"__init__", "coco", "skeletons"}


def test_every_built_in_parser_is_among_them() -> None:
    assert {file.stem for file in Path(builtin.__file__).parent.glob("*.py")} - HELPERS == {*BUILT_IN}


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=(pytest.mark.slow,) if n in {"yolov4", "bodypose2d"} else ()) for n in BUILT_IN]
)
def test_built_in_parsers_run_clean(watch: Watch, tmp_path: Path, name: str) -> None:
    parser = Path(builtin.__file__).with_name(f"{name}.py")
    job = Job(parser=parser, shapes=BUILT_IN[name], folder=tmp_path, frames=FRAMES)
    # So slow only where all of thousands of candidates are objects, as ones and noise say.
    assert [each for each in findings(watch, tmp_path, job) if each["rule"] != "slow"] == []
