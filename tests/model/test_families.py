"""Models of the published layouts are named, and say why; what is not known is not guessed."""

from pathlib import Path

import pytest
from onnx import TensorProto, helper

from azdacli.model import description
from azdacli.model.evidence import Evidence
from azdacli.model.families.family import Kind
from azdacli.model.families.recognition import recognised
from tests.model import graphs


def read(tmp_path: Path, data: bytes) -> Evidence:
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


def test_tensorflows_raw_outputs_beside_the_detections_do_not_hide_them(tmp_path: Path) -> None:
    net = graphs.Network(last=True)
    for name, shape in (("raw_detection_boxes", (50, 4)), ("raw_detection_scores", (50, 3))):
        net.output(name, net.part(shape), shape)
    net.output("detection_boxes", net.corners(20, fractions=True), (20, 4))
    net.output("detection_multiclass_scores", net.part((20, 3)), (20, 3))
    for name in ("detection_scores", "detection_classes"):
        net.output(name, net.part((20,)), (20,))
    net.output("num_detections", net.part((1,)), (1,))
    family = recognised(read(tmp_path, net.model()))
    assert family.id == "tensorflow"
    assert dict(family.layers) == {
        "boxes": "detection_boxes",
        "scores": "detection_scores",
        "classes": "detection_classes",
        "count": "num_detections",
    }


def test_the_grids_beside_an_old_yolov5_table_do_not_hide_it(tmp_path: Path) -> None:
    net = graphs.Network()
    rows = 3 * net.cells(8, 16, 32)
    net.output("output", net.part((rows, 8)), (rows, 8))
    for stride in (8, 16, 32):
        shape = (3, net.height // stride, net.width // stride, 8)
        net.output(f"grid{stride}", net.part(shape), shape)
    family = recognised(read(tmp_path, net.model()))
    assert (family.id, dict(family.layers)) == ("yolov5", {"rows": "output"})


def test_an_embedding_is_no_certain_classifier(tmp_path: Path) -> None:
    family = recognised(read(tmp_path, graphs.classifier(128)))
    assert (family.id, family.certain, "embedding" in family.caution) == ("classifier", False, True)
    assert recognised(read(tmp_path, graphs.classifier(128, softmax=True))).certain


def test_detections_without_a_batch_are_no_family(tmp_path: Path) -> None:
    net = graphs.Network(batch=1)
    net.batch = "found"
    net.output("output", net.part((7,)), (7,))
    assert recognised(read(tmp_path, net.model())).id == "custom"
    net.output("boxes", net.part((4,)), (4,))
    net.output("scores", net.part((1,)), ())
    net.output("labels", net.part((1,)), ())
    net.nodes, net.outputs = net.nodes, net.outputs[1:]
    assert recognised(read(tmp_path, net.model())).id == "custom"


def test_a_table_on_four_grids_is_no_yolox(tmp_path: Path) -> None:
    net = graphs.Network(128, 128)
    rows = net.cells(8, 16, 32, 64)
    net.output("output", net.part((rows, 112), sigmoid=True), (rows, 112))
    assert recognised(read(tmp_path, net.model())).id == "custom"


def test_an_image_of_any_size_with_its_channels_last_is_seen(tmp_path: Path) -> None:
    net = graphs.Network(last=True)
    net.output("scores", net.part((3,)), (3,))
    shape = ["batch", "height", "width", 3]
    net.inputs = [helper.make_tensor_value_info("images", TensorProto.FLOAT, shape)]
    evidence = read(tmp_path, net.model())
    assert (evidence.channels_last, evidence.channels, evidence.size) == (True, 3, None)
