"""Models of the published layouts are named, and say why; what is not known is not guessed."""

from pathlib import Path

import pytest

from azdacli.model import description
from azdacli.model.families.family import Kind
from azdacli.model.families.recognition import recognised
from tests.model import graphs


def read(tmp_path: Path, data: bytes) -> description.Evidence:
    path = tmp_path / "model.onnx"
    path.write_bytes(data)
    return description.read(path)


@pytest.mark.parametrize("name", graphs.FAMILIES)
def test_a_published_layout_is_named(name: str, tmp_path: Path) -> None:
    wanted, make = graphs.FAMILIES[name]
    evidence = read(tmp_path, make())
    family = recognised(evidence)
    assert family.id == wanted
    assert set(family.layers.values()) <= {layer.name for layer in evidence.layers}
    assert family.reasons


def test_the_classes_and_their_number_are_those_of_the_model(tmp_path: Path) -> None:
    family = recognised(read(tmp_path, graphs.yolov8(metadata=graphs.ultralytics("detect"))))
    assert (family.classes, family.certain, family.nms_inside) == (3, True, False)
    assert family.title == "YOLOv8 detection head: 7 x 126, 3 classes"


def test_a_pose_of_one_class_may_be_a_detector_of_52_and_says_so(tmp_path: Path) -> None:
    evidence = read(tmp_path, graphs.yolov8_pose())
    pose, detector = recognised(evidence), recognised(evidence, Kind.DETECTOR)
    assert (pose.id, pose.certain) == ("yolov8-pose", False)
    assert "--kind detector" in pose.caution
    assert (detector.id, detector.classes) == ("yolov8", 52)


def test_metadata_that_does_not_fit_the_outputs_is_not_believed(tmp_path: Path) -> None:
    family = recognised(read(tmp_path, graphs.classifier(7, metadata=graphs.ultralytics("detect"))))
    assert (family.id, family.classes) == ("classifier", 7)


@pytest.mark.parametrize("broken", ["[17", "17", "[17, 3, 1]", "['a', 'b']", "((" * 500])
def test_broken_metadata_is_no_traceback(broken: str, tmp_path: Path) -> None:
    data = graphs.yolov8_pose(graphs.ultralytics("pose", names="{0: 'person'}", kpt_shape=broken))
    assert recognised(read(tmp_path, data)).id in ("yolov8-pose", "yolov8", "custom")


def test_a_kind_that_does_not_fit_is_a_template_and_no_guess(tmp_path: Path) -> None:
    family = recognised(read(tmp_path, graphs.yolov8()), Kind.CLASSIFIER)
    assert (family.id, family.layers) == ("custom", {"output0": "output0"})
    assert "classifier" in family.reasons[0]
