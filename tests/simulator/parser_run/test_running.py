"""A parser on tensors: each mistake is found by its rule, and right parsers have none."""

import io
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from azda_runtime.parsers import builtin, recording
from simulator.parser_run.events import Events
from simulator.parser_run.job import Job, Shape
from simulator.parser_run.run import run
from simulator.parser_run.watch import Watch

from tests.simulator.parser_run import corpus
from tests.simulator.parser_run.corpus import RIGHT, WRONG, Case

FRAMES, FEW = 60, 20


def some(cases: tuple[Case, ...]) -> list[Any]:
    """All cases; one in twelve in every run, the others where there is time."""
    return [
        pytest.param(case, id=case.name, marks=() if number % 12 == 0 else (pytest.mark.slow,))
        for number, case in enumerate(cases)
    ]


@pytest.fixture(scope="module")
def watch() -> Watch:
    """One for all: an audit hook cannot be removed."""
    return Watch(Path("parser.py")).install()


def found(watch: Watch, folder: Path, case: Case, **job: Any) -> list[dict[str, Any]]:
    parser = folder / "parser.py"
    parser.write_text(case.text, encoding="utf-8")
    watch.parser, watch.kept = parser, True
    events = Events()
    run(Job(parser=parser, shapes=case.shapes, folder=folder, **{"frames": FRAMES, **job}), events, watch)
    return events.found


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # numpy's, in parsers that are wrong
@pytest.mark.parametrize("case", some(WRONG))
def test_each_mistake_is_found_by_its_rule_with_an_input_that_shows_it(
    watch: Watch, tmp_path: Path, case: Case
) -> None:
    frames = FRAMES if case.rule in {"growth", "slow"} else FEW
    reported = [each for each in found(watch, tmp_path, case, frames=frames) if each["sure"]]
    rules = [each["rule"] for each in reported]
    assert case.rule in rules, reported
    shown = next(each for each in reported if each["rule"] == case.rule)
    if case.rule != "load":
        file = tmp_path / f"{shown['input']}.npz"
        records = recording.read(file)
        missing = case.rule == "missing-layer"
        assert {*records[0].tensors} == ({*()} if missing else {shape.name for shape in case.shapes})
        again = found(watch, tmp_path, case, frames=frames, replay=(file,))
        assert case.rule in {each["rule"] for each in again}, again


def test_a_thread_that_was_there_before_is_not_the_parsers(watch: Watch, tmp_path: Path) -> None:
    over = threading.Event()
    other = threading.Thread(target=over.wait)
    other.start()
    try:
        assert found(watch, tmp_path, RIGHT[0]) == []
    finally:
        over.set()
        other.join()


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("case", some(RIGHT))
def test_right_parsers_have_no_finding(watch: Watch, tmp_path: Path, case: Case) -> None:
    assert [each for each in found(watch, tmp_path, case) if each["sure"]] == []


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("x and y swapped", "x and y change places"),
        ("the centre for the corner", "the centre is returned for the corner"),
        ("half a box off", "the corner is taken for the centre"),
        ("final rows with x and y swapped", "x and y change places"),
    ],
)
def test_a_box_elsewhere_is_explained_where_one_mistake_explains_all(
    watch: Watch, tmp_path: Path, name: str, said: str
) -> None:
    reported = found(watch, tmp_path, next(case for case in WRONG if case.name == name), frames=FEW)
    assert said in next(each["message"] for each in reported if each["rule"] == "box-elsewhere")


def test_a_class_that_is_never_reported_is_a_note(watch: Watch, tmp_path: Path) -> None:
    case = next(case for case in RIGHT if case.name == "v8 one class")
    (reported,) = found(watch, tmp_path, case, frames=FEW)
    assert (reported["rule"], reported["sure"]) == ("objects-lost", False)
    assert "no object of the class 0 is ever reported" in reported["message"]


@pytest.mark.parametrize(
    "origin",
    [{"trust": "mine"}, {"objects": [[1]]}, {"objects": 3}, {"area": [0, 0, 0, 0]}, {"area": "x"}, {"area": [1, 0]}],
)
def test_a_recording_with_a_damaged_origin_is_refused(watch: Watch, tmp_path: Path, origin: dict[str, Any]) -> None:
    file, parser = tmp_path / "door.npz", tmp_path / "parser.py"
    parser.write_text(RIGHT[0].text, encoding="utf-8")
    recording.write(file, [recording.Record(tensors=scene(), image_size=(1920, 1080), origin=origin)])
    watch.parser, watch.kept = parser, True
    stream = io.StringIO()
    run(Job(parser=parser, folder=tmp_path, replay=(file,)), Events(stream=stream), watch)
    assert "the recording says wrongly how it was made" in stream.getvalue()


BUILT_IN = {
    "yolov8": (Shape(name="output0", dims=(84, 525)),),
    "yolov5": (Shape(name="output0", dims=(567, 85)),),
    "yolox": (Shape(name="output", dims=(525, 85)),),
    "yolo_nms": (Shape(name="output0", dims=(300, 6)),),
    "rtdetr": (Shape(name="output0", dims=(300, 84)),),
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


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if n < 2 else (pytest.mark.slow,)) for n, name in enumerate(BUILT_IN)]
)
def test_built_in_parsers_run_clean(watch: Watch, tmp_path: Path, name: str) -> None:
    parser = Path(builtin.__file__).with_name(f"{name}.py")
    watch.parser, watch.kept = parser, True
    events = Events()
    run(Job(parser=parser, shapes=BUILT_IN[name], folder=tmp_path, frames=FEW), events, watch)
    assert [each for each in events.found if each["sure"]] == []


def test_there_are_enough_of_both() -> None:
    assert len({case.name for case in WRONG}) >= 60
    assert len({case.name for case in RIGHT}) >= 40


def test_the_line_of_a_finding_is_the_one_that_raised(watch: Watch, tmp_path: Path) -> None:
    case = next(each for each in WRONG if each.name == "the best of none")
    reported = found(watch, tmp_path, case)
    assert case.text.splitlines()[reported[0]["line"] - 1].strip() == "best = scores.max()"


def test_what_depends_on_values_that_no_model_may_give_is_no_finding(watch: Watch, tmp_path: Path) -> None:
    """Class 1 of the tensor of ones is another model's."""
    body = (
        "    n = int(raw_outputs['count'][0])\n    return raw_outputs['boxes'][:n] * width, raw_outputs['classes'][:n]"
    )
    body += ".astype(int) + 1, raw_outputs['scores'][:n], None\n"
    case = corpus.detection("ids from 1 of a model that counts from 0", corpus.SSD, body)
    assert not [each for each in found(watch, tmp_path, case) if each["rule"] == "class-without-label"]


RECORDED = (Shape(name="output0", dims=(6, 525)),)


def scene() -> dict[str, Any]:
    rows = np.zeros((6, 525), dtype=np.float32)
    rows[:, 0] = (80, 80, 40, 40, 0.9, 0)
    rows[:, 1] = (30, 30, 20, 20, 0, 0.8)
    return {"output0": rows}


BOXES = ((720.0, 405.0, 480.0, 270.0), (240.0, 135.0, 240.0, 135.0))


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (recording.Result(boxes=BOXES, class_ids=(0, 1), scores=(0.9, 0.8)), None),
        (recording.Result(boxes=BOXES[::-1], class_ids=(1, 0), scores=(0.805, 0.9)), None),
        (recording.Result(boxes=BOXES[:1], class_ids=(0,), scores=(0.9,)), "2 objects are found; there were 1"),
        (recording.Result(boxes=BOXES, class_ids=(1, 1), scores=(0.9, 0.8)), "object 0 has class 0; it had 1"),
        (
            recording.Result(boxes=BOXES, class_ids=(0, 1), scores=(0.6, 0.8)),
            "object 0 has the score 0.900; it had 0.600",
        ),
        (
            recording.Result(boxes=((0, 0, 480, 270), BOXES[1]), class_ids=(0, 1), scores=(0.9, 0.8)),
            "object 0 is elsewhere",
        ),
        (recording.Result(boxes=BOXES, class_ids=(0, 1), scores=(0.9, 0.8), message={"n": 2}), "the message is None"),
    ],
)
def test_a_recording_is_compared_within_tolerances(
    watch: Watch, tmp_path: Path, result: recording.Result, said: str | None
) -> None:
    file = tmp_path / "door.npz"
    recording.write(file, [recording.Record(tensors=scene(), image_size=(1920, 1080), name="door 7", result=result)])
    reported = found(watch, tmp_path, RIGHT[0], replay=(file,))
    assert [each["rule"] for each in reported] == ([] if said is None else ["replay"])
    if said is not None:
        assert said in reported[0]["message"]
        assert reported[0]["message"].endswith("on frame 1 of door.npz (door 7)")
