"""Frames go in and results come out, on models with exactly known answers."""

from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper
from simulator.errors import ModelError, NotSimulatedError
from simulator.inference.engine import InferenceEngine, Piece
from simulator.inference.geometry import Rectangle
from simulator.inference.layers import DataType
from simulator.inference.session import Session
from simulator.inference.settings import (
    ClassSettings,
    ClusterMode,
    ColourFormat,
    InferSettings,
    InputSettings,
    NetworkType,
)

from tests.simulator import tiny_models


def black(width: int = 320, height: int = 180) -> np.ndarray:
    frame = np.zeros((height, width, 4), np.uint8)
    frame[..., 3] = 255
    return frame


def detector(model: Path, **changes: object) -> InferenceEngine:
    fields: dict[str, object] = {
        "model": model,
        "input": InputSettings(factor=1 / 255, maintain_aspect_ratio=True, symmetric_padding=True),
        "classes": (ClassSettings(pre_cluster_threshold=0.9), ClassSettings(pre_cluster_threshold=0.9)),
        "cluster_mode": ClusterMode.NONE,
        "batch_size": 2,
    }
    return InferenceEngine(InferSettings(**{**fields, **changes}))


def test_a_blob_is_found_where_it_stands_through_letterboxing(tmp_path: Path) -> None:
    model = tiny_models.blob_detector(tmp_path / "m.onnx", width=160, height=160)
    frame = black()
    # the 160 x 90 image stands at top 35 in the network, so cells from row 3 (48) on: frame pixels (48 - 35) * 2
    frame[26:58, 64:96, 0] = 255
    frame[26:58, 128:160, 2] = 255
    (result,) = detector(model).infer([Piece(frame=frame)])
    assert result is not None
    assert [(one.class_id, one.box) for one in result.objects] == [(0, (64, 26, 32, 32)), (1, (128, 26, 32, 32))]
    assert [round(one.confidence, 3) for one in result.objects] == [1.0, 1.0]


def test_colours_swap_with_the_colour_order(tmp_path: Path) -> None:
    model = tiny_models.blob_detector(tmp_path / "m.onnx", width=160, height=160)
    frame = black(160, 160)
    frame[:16, :16, 0] = 255
    (rgb,) = detector(model).infer([Piece(frame=frame)])
    own = InputSettings(factor=1 / 255, colours=ColourFormat.BGR)
    (bgr,) = detector(model, input=own).infer([Piece(frame=frame)])
    assert rgb is not None
    assert bgr is not None
    assert ([one.class_id for one in rgb.objects], [one.class_id for one in bgr.objects]) == ([0], [1])


def test_batches_keep_the_order_of_their_frames(tmp_path: Path) -> None:
    model = tiny_models.blob_detector(tmp_path / "m.onnx", width=160, height=160)
    frames = []
    for index in range(5):
        frame = black(160, 160)
        frame[:16, 16 * index : 16 * index + 16, 0] = 255
        frames.append(Piece(frame=frame))
    results = detector(model).infer(frames)
    assert [one.objects[0].box[0] for one in results if one is not None] == [0, 16, 32, 48, 64]


def test_a_model_with_a_fixed_batch_gets_filled_batches(tmp_path: Path) -> None:
    model = tiny_models.blob_detector(tmp_path / "m.onnx", width=160, height=160, batch=4)
    frame = black(160, 160)
    frame[:16, :16, 0] = 255
    results = detector(model).infer([Piece(frame=frame)] * 3)
    assert [len(one.objects) for one in results if one is not None] == [1, 1, 1]
    with pytest.raises(ModelError, match="batch-size is 8"):
        detector(model, batch_size=8)


def test_a_batch_that_is_fixed_inside_is_found_when_the_model_is_loaded(tmp_path: Path) -> None:
    shape = np.array([1, 3 * 64 * 64], np.int64)
    expand = np.ones((1, 3, 64, 64), np.float32)
    for nodes, constants in (
        ([helper.make_node("Reshape", ["image", "shape"], ["out"])], {"shape": shape}),
        (
            [
                helper.make_node("ReduceMean", ["image"], ["mean"], axes=[0], keepdims=1),
                helper.make_node("Add", ["mean", "ones"], ["out"]),
            ],
            {"ones": expand},
        ),
    ):
        outputs = [tiny_models.tensor("out", ["n", *([3, 64, 64] if "ones" in constants else [3 * 64 * 64])])]
        inputs = [tiny_models.tensor("image", ["n", 3, 64, 64])]
        model = tiny_models.save(tmp_path / "m.onnx", nodes, inputs, outputs, constants)
        assert Session(model).outputs
        with pytest.raises(ModelError, match="batch-size is 4, and the model takes one frame but not two") as caught:
            Session(model, batch_size=4)
        assert "batch-size=1" in str(caught.value.hint)


def test_a_secondary_detector_answers_in_pixels_of_the_object(tmp_path: Path) -> None:
    model = tiny_models.blob_detector(tmp_path / "m.onnx", width=64, height=64)
    frame = black()
    frame[100:116, 200:216, 0] = 255
    rectangle = Rectangle(left=184, top=84, width=64, height=64)
    (result,) = detector(model).infer([Piece(frame=frame, rectangle=rectangle)])
    assert result is not None
    assert [one.box for one in result.objects] == [(16, 16, 16, 16)]


def test_objects_outside_the_frame_give_no_result_and_leave_the_others_theirs(tmp_path: Path) -> None:
    model = tiny_models.colour_classifier(tmp_path / "m.onnx")
    (tmp_path / "labels.txt").write_text("red;green;blue\n")
    settings = InferSettings(
        model=model, network_type=NetworkType.CLASSIFIER, labels=tmp_path / "labels.txt", classifier_threshold=0.5
    )
    frame = black()
    frame[:50, :50, 1] = 255
    frame[100:, 100:, 2] = 255
    spots = [(0, 0, 50, 50), (400, 0, 10, 10), (300, 150, 90, 90)]
    pieces = [
        Piece(frame=frame, rectangle=Rectangle(left=left, top=top, width=width, height=height))
        for left, top, width, height in spots
    ]
    results = InferenceEngine(settings).infer(pieces)
    assert [one and [a.label for a in one.attributes] for one in results] == [["green"], None, ["blue"]]


def test_raw_tensors_are_the_models_outputs_per_frame(tmp_path: Path) -> None:
    model = tiny_models.identity(tmp_path / "m.onnx", ["n", 3, 4, 6])
    settings = InferSettings(model=model, network_type=NetworkType.OTHER, batch_size=2)
    frame = np.random.default_rng(3).integers(0, 256, (4, 6, 4), dtype=np.uint8)
    first, second = InferenceEngine(settings).infer([Piece(frame=frame), Piece(frame=255 - frame)])
    assert first is not None
    assert second is not None
    np.testing.assert_array_equal(first.outputs["same"], frame[..., :3].transpose(2, 0, 1))
    np.testing.assert_array_equal(second.outputs["same"], 255 - frame[..., :3].transpose(2, 0, 1))


def test_segmentation_gives_a_class_per_pixel(tmp_path: Path) -> None:
    model = tiny_models.identity(tmp_path / "m.onnx", ["n", 3, 4, 6])
    settings = InferSettings(
        model=model,
        network_type=NetworkType.SEGMENTATION,
        segmentation_classes=3,
        segmentation_threshold=0.5,
        input=InputSettings(factor=1 / 255),
    )
    frame = black(6, 4)
    frame[0, :, 0] = frame[1, :, 1] = frame[2, :, 2] = 255
    (result,) = InferenceEngine(settings).infer([Piece(frame=frame)])
    assert result is not None
    assert result.segmentation is not None
    assert result.segmentation.class_map[:, 0].tolist() == [0, 1, 2, -1]


def test_dynamic_sizes_come_from_infer_dims(tmp_path: Path) -> None:
    model = tiny_models.identity(tmp_path / "m.onnx", ["n", 3, "h", "w"])
    with pytest.raises(ModelError, match="infer-dims"):
        Session(model)
    session = Session(model, dims=(3, 8, 10))
    assert (session.channels, session.height, session.width) == (3, 8, 10)
    assert session.outputs[0].dims == (3, 8, 10)


def test_infer_dims_are_channels_height_width_for_nhwc_too(tmp_path: Path) -> None:
    model = tiny_models.identity(tmp_path / "m.onnx", ["n", 8, 10, 3])
    session = Session(model, dims=(3, 8, 10), channels_last=True)
    assert (session.channels, session.height, session.width) == (3, 8, 10)
    with pytest.raises(ModelError, match="network-input-order"):
        Session(model, dims=(3, 8, 10))


@pytest.mark.parametrize(
    ("kind", "data_type"),
    [
        (TensorProto.FLOAT, DataType.FLOAT),
        (TensorProto.FLOAT16, DataType.HALF),
        (TensorProto.UINT8, DataType.UINT8),
        (TensorProto.INT8, DataType.INT8),
        (TensorProto.INT32, DataType.INT32),
        (TensorProto.INT64, DataType.INT64),
    ],
)
def test_layers_are_described_in_the_models_own_types(tmp_path: Path, kind: int, data_type: DataType) -> None:
    model = tiny_models.identity(tmp_path / "m.onnx", ["n", 3, 4, 6], kind)
    session = Session(model)
    (layer,) = session.outputs
    assert (layer.name, layer.dims, layer.data_type) == ("same", (3, 4, 6), data_type)
    (answer,) = session.run(np.ones((1, 3, 4, 6), layer.dtype))
    assert answer["same"].dtype == layer.dtype


def test_a_double_has_no_place_in_nvinfer(tmp_path: Path) -> None:
    model = tiny_models.identity(tmp_path / "m.onnx", ["n", 3, 4, 6], TensorProto.DOUBLE)
    with pytest.raises(NotSimulatedError, match="Cast"):
        Session(model)


def test_two_inputs_are_refused_by_their_names(tmp_path: Path) -> None:
    dims = [1, 3, 4, 4]
    inputs = [tiny_models.tensor("image", dims), tiny_models.tensor("scale", dims)]
    node = helper.make_node("Add", ["image", "scale"], ["sum"])
    model = tiny_models.save(tmp_path / "m.onnx", [node], inputs, [tiny_models.tensor("sum", dims)], {})
    with pytest.raises(NotSimulatedError, match="scale"):
        Session(model)


def test_an_output_without_a_batch_dimension_is_refused(tmp_path: Path) -> None:
    node = helper.make_node("ReduceMean", ["image"], ["mean"], keepdims=0)
    outputs = [tiny_models.tensor("mean", [])]
    model = tiny_models.save(tmp_path / "m.onnx", [node], [tiny_models.tensor("image", ["n", 3, 4, 4])], outputs, {})
    with pytest.raises(NotSimulatedError, match="mean"):
        Session(model)


def test_chosen_outputs_are_bound_in_the_order_asked_for(tmp_path: Path) -> None:
    model = tiny_models.blob_detector(tmp_path / "m.onnx", width=32, height=32)
    assert [one.name for one in Session(model).outputs] == ["conv2d_bbox", "conv2d_cov/Sigmoid"]
    only = Session(model, outputs=("conv2d_cov/Sigmoid",)).outputs
    assert [(one.name, one.dims) for one in only] == [("conv2d_cov/Sigmoid", (2, 2, 2))]
    with pytest.raises(ModelError, match="no output 'x'"):
        Session(model, outputs=("x",))


def test_files_that_are_away_or_no_models_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"away\.onnx"):
        Session(tmp_path / "away.onnx")
    (tmp_path / "bad.onnx").write_bytes(b"not a model")
    with pytest.raises(ModelError, match=r"bad\.onnx"):
        Session(tmp_path / "bad.onnx")


def test_an_output_of_booleans_is_given_as_bytes(tmp_path: Path) -> None:
    node = helper.make_node("Cast", ["image"], ["seen"], to=TensorProto.BOOL)
    dims = ["n", 3, 4, 6]
    outputs = [tiny_models.tensor("seen", dims, TensorProto.BOOL)]
    model = tiny_models.save(tmp_path / "m.onnx", [node], [tiny_models.tensor("image", dims)], outputs, {})
    session = Session(model)
    (layer,) = session.outputs
    (found,) = session.run(np.ones((1, 3, 4, 6), np.float32))
    assert (layer.data_type, layer.dtype) == (DataType.UINT8, np.uint8)
    assert found["seen"].dtype == np.uint8
    assert found["seen"].sum() == 72


def test_an_output_of_doubles_is_given_as_floats(tmp_path: Path) -> None:
    node = helper.make_node("Cast", ["image"], ["seen"], to=TensorProto.DOUBLE)
    far = helper.make_node("Mul", ["seen", "scale"], ["far"])
    dims = ["n", 3, 4, 6]
    outputs = [tiny_models.tensor("far", dims, TensorProto.DOUBLE)]
    model = tiny_models.save(
        tmp_path / "m.onnx", [node, far], [tiny_models.tensor("image", dims)], outputs, {"scale": np.array([1e300])}
    )
    session = Session(model)
    (layer,) = session.outputs
    (found,) = session.run(np.ones((1, 3, 4, 6), np.float32))
    assert (layer.data_type, layer.dtype) == (DataType.FLOAT, np.float32)
    assert found["far"].dtype == np.float32
    assert (found["far"] == np.finfo(np.float32).max).all()
