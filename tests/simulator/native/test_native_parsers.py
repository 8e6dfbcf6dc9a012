"""Native parsers: compiled here from C++ over the published interface, called as nvinfer calls them."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import helper
from simulator.errors import ModelError, NotSimulatedError
from simulator.inference.settings import ClassSettings, FunctionKind, InferSettings, NativeFunction
from simulator.native.parser import ProcessParser

from tests.simulator import tiny_models

pytestmark = pytest.mark.native
ROWS = np.array([[0, 0.9, 0.1, 0.25, 0.3, 0.5], [1, 0.1, 0, 0, 1, 1], [7, 0.8, 0, 0, 0.5, 0.5]], np.float32)
Compile = Callable[..., Path]


@contextmanager
def opened(
    library: Path, name: str, kind: FunctionKind = FunctionKind.BOXES, *, rotation: bool = False
) -> Iterator[ProcessParser]:
    settings = InferSettings(model=Path("model.onnx"), classes=(ClassSettings(),) * 2, classifier_threshold=0.5)
    function = NativeFunction(library=library, name=name, kind=kind)
    parser = ProcessParser(function, (640, 384, 3), settings, rotation=rotation)
    try:
        yield parser
    finally:
        parser.close()


def failure(library: Path, name: str, **options: Any) -> str:
    with pytest.raises((ModelError, NotSimulatedError)) as caught, opened(library, name, **options) as parser:
        parser.parse({"rows": ROWS})
    return str(caught.value)


def test_boxes_come_back_in_pixels_of_the_network_and_the_class_thresholds_reach_the_parser(parsers: Path) -> None:
    with opened(parsers, "ParseRows") as parser:
        for _ in range(3):
            found = parser.parse({"other": np.zeros((2, 2, 2), np.int32), "rows": ROWS}).detections
            assert found.class_ids.tolist() == [0, 7], "class 1 is below its threshold"
            assert found.boxes.tolist() == [[64, 96, 192, 192], [0, 0, 320, 192]]
            assert found.confidences == pytest.approx([0.9, 0.8])


def test_a_frame_without_objects_gives_none(parsers: Path) -> None:
    with opened(parsers, "ParseRows") as parser:
        assert len(parser.parse({"rows": np.zeros((0, 6), np.float32)}).detections) == 0


def test_a_library_for_deepstream_9_has_an_angle_behind_each_box(compile_library: Compile, parsers: Path) -> None:
    newer = compile_library("parsers.cpp", "-DDEEPSTREAM_9")
    with opened(newer, "ParseRows", rotation=True) as parser:
        assert parser.parse({"rows": ROWS}).detections.boxes.tolist()[1] == [0, 0, 320, 192]
    one = {"rows": ROWS[:1]}
    for library, rotation in ((newer, False), (parsers, True)):
        with (
            opened(library, "ParseRows", rotation=rotation) as parser,
            pytest.raises(ModelError, match="other headers"),
        ):
            parser.parse(one)


@pytest.mark.parametrize("count", [1, 6, 7, 12, 14, 35, 42])
def test_lists_of_any_length_are_told_apart_from_those_of_other_headers(
    compile_library: Compile, parsers: Path, count: int
) -> None:
    newer = compile_library("parsers.cpp", "-DDEEPSTREAM_9")
    rows = {"rows": np.zeros((count, 6), np.float32)}
    for library, rotation in ((newer, False), (parsers, True)):
        with (
            opened(library, "ParseMany", rotation=rotation) as parser,
            pytest.raises(ModelError, match="other headers"),
        ):
            parser.parse(rows)
        with opened(library, "ParseMany", rotation=not rotation) as parser:
            assert len(parser.parse(rows).detections) == count


def test_a_call_that_does_not_return_is_ended_with_the_function_and_the_line(
    parsers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZDA_PARSER_TIMEOUT", "0.5")
    said = failure(parsers, "Loops")
    assert re.search(r"has not returned within 0.5 seconds in endless\(\) at .*parsers.cpp:\d+", said)


def test_instances_bring_their_masks(parsers: Path) -> None:
    with opened(parsers, "ParseMasks", FunctionKind.INSTANCES) as parser:
        found = parser.parse({"rows": ROWS}).detections
    assert found.masks is not None
    assert found.masks[0] == pytest.approx(ROWS.reshape(-1)[:6].reshape(2, 3))
    assert found.masks[1] is None


def test_a_classifier_gives_attributes_and_a_description_of_any_length(parsers: Path) -> None:
    with opened(parsers, "ParseClasses", FunctionKind.ATTRIBUTES) as parser:
        for values, count in (([0, 0.9, 0, 0, 0, 0], 1), ([0.6] * 6, 6), ([0] * 6, 0)):
            found = parser.parse({"rows": np.array(values, np.float32)})
            assert found.description == "a description that is longer than a short string " * count
            assert len(found.attributes) == count
        named = parser.parse({"rows": np.array([0, 0.75, 0, 0, 0, 0], np.float32)}).attributes[0]
    assert (named.value, named.confidence, named.label) == (1, 0.75, "label 1")


def test_a_function_that_returns_false_is_an_error_in_nvidias_words(parsers: Path) -> None:
    assert failure(parsers, "Refuses").startswith("Failed to parse bboxes using custom parse function: Refuses of ")


def test_a_crash_names_the_function_and_the_line(parsers: Path) -> None:
    source = (Path(__file__).parent / "parsers.cpp").read_text(encoding="utf-8").splitlines()
    line = next(number for number, text in enumerate(source, 1) if "return *address" in text)
    said = failure(parsers, "Crashes")
    assert "crashed: a memory access that is not allowed (SIGSEGV) in below(float const*) at " in said
    assert said.endswith(f"parsers.cpp:{line}")


def test_an_exception_names_the_line_of_the_parser_and_not_of_the_standard_library(parsers: Path) -> None:
    assert "an exception that nobody caught (SIGABRT) in Throws at " in failure(parsers, "Throws")


def test_without_debugging_information_the_function_is_named_and_the_cure(compile_library: Compile) -> None:
    said = failure(compile_library("parsers.cpp", "-g0"), "Throws")
    assert "in Throws" in said
    assert "Build the library with `-g`" in said


def test_a_parser_that_ends_its_process_ends_not_ours(parsers: Path) -> None:
    assert "ended its process (exit code 3)" in failure(parsers, "Leaves")


def test_a_missing_function_a_missing_file_and_no_library_are_a_sentence_each(parsers: Path, tmp_path: Path) -> None:
    assert "exports no function 'ParseRow'" in failure(parsers, "ParseRow")
    assert "cannot be read: No such file" in failure(tmp_path / "away.so", "ParseRows")
    (tmp_path / "text.so").write_text("parser\n", encoding="utf-8")
    assert "is no shared library for Linux" in failure(tmp_path / "text.so", "ParseRows")
    (tmp_path / "cut.so").write_bytes(parsers.read_bytes()[:3000])
    assert str(tmp_path / "cut.so") in failure(tmp_path / "cut.so", "ParseRows")


def test_a_library_for_another_processor_says_so(parsers: Path, tmp_path: Path) -> None:
    other = bytearray(parsers.read_bytes())
    other[18:20] = (183 if other[18] == 62 else 62).to_bytes(2, "little")  # e_machine
    path = tmp_path / "other.so"
    path.write_bytes(other)
    assert "is built for " in failure(path, "ParseRows")


@pytest.fixture(scope="module")
def linked(compile_library: Compile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A parser that is linked with a TensorRT and a CUDA that are gone, every function bound while it is loaded."""
    away = tmp_path_factory.mktemp("nvidia")
    script = away / "versions"
    script.write_text("libnvinfer.so.8 { global: *; };\n", encoding="utf-8")
    options = ("-Wl,-soname,libnvinfer.so.8", f"-Wl,--version-script={script}")
    nvidia = compile_library("nvidia.cpp", *options, name="libnvinfer.so.8")
    library = compile_library("linked.cpp", "-Wl,-z,now", nvidia)
    nvidia.unlink()
    return library


def test_a_library_that_is_linked_with_nvidias_loads_without_them(linked: Path) -> None:
    with opened(linked, "NeedsNothing") as parser:
        assert parser.stood_in == ("libnvinfer.so.8",)
        assert parser.parse({"rows": ROWS}).detections.boxes.tolist() == [[1, 2, 30, 40]]


def test_a_parser_that_calls_nvidias_library_is_told_which_function(linked: Path) -> None:
    assert "calls cudaMalloc of a library of NVIDIA's that is not here in NeedsCuda at " in failure(linked, "NeedsCuda")


def test_a_missing_library_that_is_not_nvidias_is_named(compile_library: Compile) -> None:
    other = compile_library("nvidia.cpp", "-Wl,-soname,libdecoders.so.3", name="libdecoders.so.3")
    library = compile_library("linked.cpp", other)
    other.unlink()
    assert "needs libdecoders.so.3, which this machine does not have" in failure(library, "NeedsNothing")


def rows_model(path: Path, rows: np.ndarray) -> Path:
    """A model that gives the same output for every picture."""
    nodes = [
        helper.make_node("ReduceMean", ["image"], ["mean"], axes=[1, 2, 3], keepdims=1),
        helper.make_node("Mul", ["mean", "zero"], ["nothing"]),
        helper.make_node("Reshape", ["nothing", "shape"], ["flat"]),
        helper.make_node("Add", ["flat", "constant"], ["rows"]),
    ]
    inputs, outputs = [tiny_models.tensor("image", [1, 3, 48, 64])], [tiny_models.tensor("rows", [1, *rows.shape])]
    shape = np.array([1] * (rows.ndim + 1), np.int64)
    constants = {"zero": np.zeros(1, np.float32), "shape": shape, "constant": rows[None].astype(np.float32)}
    return tiny_models.save(path, nodes, inputs, outputs, constants)


@pytest.mark.gstreamer
@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (
            "num-detected-classes=2\ncluster-mode=4\nparse-bbox-func-name=ParseRows",
            {"class": 0, "box": [64, 120, 192, 240], "confidence": 0.9, "text": "car"},
        ),
        (
            (
                "network-type=3\nnum-detected-classes=2\ncluster-mode=4\noutput-instance-mask=1\n"
                "parse-bbox-instance-mask-func-name=ParseMasks"
            ),
            {"class": 0, "box": [0, 0, 320, 240], "mask": [2, 3, [0, 0.9, 0.1, 0.25, 0.3, 0.5]], "text": "car"},
        ),
        (
            "network-type=1\nclassifier-threshold=0.5\nparse-classifier-func-name=ParseClasses",
            {"label": [1, "label 1"], "text": "a description that is longer than a short string"},
        ),
    ],
    ids=["detector", "instances", "classifier"],
)
def test_a_pipeline_shows_what_the_native_parser_found(
    tmp_path: Path, run_native: Callable[..., Any], parsers: Path, keys: str, expected: dict[str, Any]
) -> None:
    (tmp_path / "labels.txt").write_text("car\nbus\n", encoding="utf-8")
    config = tmp_path / "config.txt"
    config.write_text(
        f"[property]\ngie-unique-id=1\nonnx-file={rows_model(tmp_path / 'rows.onnx', ROWS)}\n"
        f"labelfile-path=labels.txt\ncustom-lib-path={parsers}\n{keys}\n",
        encoding="utf-8",
    )
    frames = run_native("native_parser.py", config)
    assert len(frames) == 3
    for frame in frames:
        assert len(frame) in (1, 2)
        found = next(each for each in frame if each["box"] != [10, 10, 40, 40])
        assert {key: found[key] for key in expected} == {
            key: pytest.approx(value) if isinstance(value, float) else value for key, value in expected.items()
        }
