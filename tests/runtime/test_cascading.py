"""What is said about models and parsers that do not fit together."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from azda_runtime.problems import InvalidValueError
from azda_runtime.settings import Model, Pipeline, Sensor, SourceKind, Stream, Tracker
from azda_runtime.worker.cascade import load_parsers, log_choices
from onnx import TensorProto, helper, numpy_helper

from tests.runtime.log_lines import captured

PARSER = "gie_unique_id = {id}\n\ndef parse_sgie_model(config, raw_outputs):\n    return None\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in (2, 3):
        (tmp_path / f"reads_{number}.txt").write_text(f"[property]\ngie-unique-id={number}\nnetwork-type=100\n")
        (tmp_path / f"reads_{number}.py").write_text(PARSER.format(id=number))
    (tmp_path / "detects.txt").write_text("[property]\ngie-unique-id=1\nnetwork-type=0\ncluster-mode=2\n")
    (tmp_path / "other.py").write_text(PARSER.format(id=2))
    return tmp_path


def model(folder: Path, config: str, parser: str = "") -> Model:
    return Model(config_file=str(folder / config), parser_file=str(folder / parser) if parser else None)


def pipeline(folder: Path, *secondaries: Model, **more: Tracker) -> Pipeline:
    return Pipeline(id="People", primary=model(folder, "detects.txt"), secondaries=secondaries, **more)


def reported(pipeline: Pipeline) -> list[str]:
    with captured() as lines:
        load_parsers(pipeline)
        log_choices(pipeline)
    return lines


def test_models_that_fit_are_not_talked_about(folder: Path) -> None:
    models = [model(folder, f"reads_{number}.txt", f"reads_{number}.py") for number in (2, 3)]
    assert reported(pipeline(folder, *models)) == []


def test_a_parser_for_another_model_is_warned_of(folder: Path) -> None:
    [line] = reported(pipeline(folder, model(folder, "reads_3.txt", "other.py")))
    assert line.startswith(f"warning: {folder}/other.py is for gie_unique_id = 2, but {folder}/reads_3.txt has ")


def test_two_parsers_for_one_model_are_warned_of(folder: Path) -> None:
    models = [model(folder, "reads_2.txt", name) for name in ("reads_2.py", "other.py")]
    [line] = reported(pipeline(folder, *models))
    assert line.startswith(f"warning: {folder}/reads_2.py and {folder}/other.py are both for gie_unique_id = 2: ")


def test_raw_outputs_that_nobody_reads_are_warned_of(folder: Path) -> None:
    [text] = reported(pipeline(folder, model(folder, "reads_2.txt")))
    warning, hint = text.split("\n")
    assert warning.startswith(f"warning: {folder}/reads_2.txt has network-type=100 and no parser")
    assert hint.startswith("hint: ")


@pytest.mark.parametrize(("batch", "streams", "warned"), [(4, 1, True), (1, 1, False), (4, 2, False)])
def test_a_model_that_takes_one_stream_and_no_second_is_warned_of(
    folder: Path, batch: int, streams: int, *, warned: bool
) -> None:
    """With more streams the element that loads the model refuses it."""
    shape = numpy_helper.from_array(np.array([1, 3, 1024], np.int64), "shape")
    image, out = (
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", *dims])
        for name, dims in (("image", [3, 32, 32]), ("out", [3, 1024]))
    )
    nodes = [helper.make_node("Reshape", ["image", "shape"], ["out"])]
    onnx.save(helper.make_model(helper.make_graph(nodes, "g", [image], [out], [shape])), folder / "m.onnx")
    (folder / "detects.txt").write_text(
        f"[property]\nonnx-file=m.onnx\nnetwork-type=0\ncluster-mode=2\nbatch-size={batch}\n"
    )
    primary = Model(config_file=str(folder / "detects.txt"))
    sensors = [Sensor(name=str(n), kind=SourceKind.FILE, endpoint=f"file:///{n}.mp4") for n in range(streams)]
    lines = reported(Pipeline(id="People", primary=primary, streams=tuple(Stream(sensor=each) for each in sensors)))
    assert [line for line in lines if "a Reshape inside fixes it: 1x3x1024" in line] == (lines if warned else [])
    assert len(lines) == warned


def test_the_light_tracker_is_named(folder: Path) -> None:
    [line] = reported(pipeline(folder, tracker=Tracker()))
    assert "DeepStream's light tracker" in line
    assert reported(pipeline(folder, tracker=Tracker(config_file="tracker.yml"))) == []


def test_a_built_in_parser_reads_no_secondary_model(folder: Path) -> None:
    built_in = Model(config_file=str(folder / "reads_2.txt"), parser="yolov4")
    with pytest.raises(InvalidValueError, match="yolov4 is for a primary model"):
        load_parsers(pipeline(folder, built_in))


@pytest.mark.parametrize(
    ("settings", "tracker", "warned"),
    [
        ("", None, False),
        ("cluster-mode=0\n", None, False),
        ("", "BaseConfig:\n  other: 1\n", True),
        ("cluster-mode=0\n", "BaseConfig:\n  minDetectorConfidence: 0\n", True),
        ("", "BaseConfig:\n  minDetectorConfidence: 0.05\n", True),
        ("", "BaseConfig:\n  minDetectorConfidence: -1\n", False),
        ("cluster-mode=2\n", None, False),
        ("enable-dbscan=1\n", None, False),
    ],
)
def test_a_tracker_that_drops_every_grouped_box_is_warned_of(
    settings: str, tracker: str | None, warned: bool, folder: Path
) -> None:
    (folder / "detects.txt").write_text(f"[property]\ngie-unique-id=1\nnetwork-type=0\n{settings}")
    (folder / "tracker.yml").write_text(tracker or "")
    lines = reported(pipeline(folder, tracker=Tracker(config_file=str(folder / "tracker.yml") if tracker else None)))
    assert any("never an object" in line for line in lines) is warned


def test_a_parser_keeps_the_confidences_of_its_own(folder: Path) -> None:
    (folder / "detects.txt").write_text("[property]\ngie-unique-id=1\nnetwork-type=0\n")
    (folder / "det.py").write_text(
        "model_type = 0\nname = 'p'\nlabels = ['a']\n\n\ndef parse_det_model(config, raw_outputs):\n"
        "    return [], [], [], None\n"
    )
    one = Pipeline(id="People", primary=model(folder, "detects.txt", "det.py"), secondaries=(), tracker=Tracker())
    assert not any("never an object" in line for line in reported(one))
