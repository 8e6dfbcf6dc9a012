"""What a parser returns is checked, and what it raises never escapes as anything but a ParserFailure."""

import textwrap
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from azda_runtime.parsers.caller import PrimaryParser, SecondaryParser, load_primary, load_secondary
from azda_runtime.parsers.failures import Breach, FailureKind, ParserFailure
from azda_runtime.parsers.results import Detections
from hypothesis import given
from hypothesis import strategies as st

SIZE = (1920, 1080)
BOXES = np.array([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]])


def detector(returned: Any, labels: Any = ("none", "person")) -> PrimaryParser:
    module = SimpleNamespace(model_type=0, name="P", labels=labels, parse_det_model=lambda config, raw: returned)
    return PrimaryParser(module, "p.py")


def detect(returned: Any) -> Detections:
    return detector(returned).detect(SIZE, {})


def refused(returned: Any) -> list[str]:
    with pytest.raises(ParserFailure) as caught:
        detect(returned)
    assert caught.value.kind is FailureKind.RESULT
    assert all(b.hint for b in caught.value.breaches)
    return [b.message for b in caught.value.breaches]


@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.uint8])
@pytest.mark.parametrize("box_dtype", [np.float16, np.float32, np.float64, np.int32])
def test_arrays_of_each_number_type_are_taken(dtype: Any, box_dtype: Any) -> None:
    found = detect((BOXES.astype(box_dtype), np.array([1, 0], dtype), np.array([0.5, 0.25], np.float32), {"n": 2}))

    assert found.boxes.tolist() == BOXES.tolist()
    assert found.class_ids == (1, 0)
    assert [type(i) for i in found.class_ids] == [int, int]
    assert found.labels == ("person", "none")
    assert found.scores == (0.5, 0.25)
    assert found.message == {"n": 2}
    assert len(found) == 2


def test_plain_lists_are_taken_as_well() -> None:
    assert detect([BOXES.tolist(), [1, 1], [0.5, 1], None]).class_ids == (1, 1)


@pytest.mark.parametrize(
    "nothing",
    [([], [], [], None), (np.zeros((0, 4)), np.array([], int), np.array([]), None), (np.array([]), (), [], "none")],
)
def test_no_detection_is_no_failure_in_each_spelling(nothing: Any) -> None:
    found = detect(nothing)

    assert len(found) == 0
    assert found.boxes.shape == (0, 4)


@pytest.mark.parametrize(
    ("returned", "words"),
    [
        (None, "returned NoneType where 4 values"),
        ([], "returned 0 values where 4"),
        ((BOXES, [0, 1], [1.0, 1.0]), "returned 3 values where 4"),
        (([1, 2, 3, 4], [0], [1.0], None), "bboxes has the shape (4,)"),
        ((np.zeros((2, 5)), [0, 1], [1.0, 1.0], None), "bboxes has the shape (2, 5)"),
        ((np.zeros((1, 2, 4)), [0, 1], [1.0, 1.0], None), "bboxes has the shape (1, 2, 4)"),
        (([[1, 2, 3, 4], [1]], [0, 1], [1.0, 1.0], None), "bboxes is not an array"),
        ((np.array([["a"] * 4]), [0], [1.0], None), "bboxes holds <U1"),
        ((BOXES, np.array([0.0, 1.0]), [1.0, 1.0], None), "labels holds float64"),
        ((BOXES, [0, 1.0], [1.0, 1.0], None), "labels holds float64"),
        ((BOXES, ["a", "b"], [1.0, 1.0], None), "labels holds <U1"),
        ((BOXES, [True, False], [1.0, 1.0], None), "labels holds bool"),
        ((BOXES, [[0], [1]], [1.0, 1.0], None), "labels has the shape (2, 1)"),
        ((BOXES, [0, 2], [1.0, 1.0], None), "class id 2 of box 1 has no label; ids are 0 to 1"),
        ((BOXES, [-1, 0], [1.0, 1.0], None), "class id -1 of box 0 has no label; ids are 0 to 1"),
        ((BOXES, [0, 1], [float("nan"), 1.0], None), "scores holds numbers that are not finite"),
        ((BOXES, [0, 1], [1e300, 1.0], None), "scores holds numbers that are not finite"),
        ((BOXES * np.inf, [0, 1], [1.0, 1.0], None), "bboxes holds numbers that are not finite"),
        ((-BOXES, [0, 1], [1.0, 1.0], None), "negative width or height"),
        ((BOXES, [0], [1.0, 1.0], None), "2 bboxes, 1 labels and 2 scores"),
        ((BOXES, [0, 1], 0.5, None), "scores has the shape ()"),
        ((BOXES, [0, 1], [1.0, 1.0], {1, 2}), "The message is not JSON"),
        ((BOXES, [0, 1], [1.0, 1.0], {"a": np.float32(1)}), "The message is not JSON"),
        ((BOXES, [0, 1], [1.0, 1.0], float("nan")), "The message is not JSON"),
        ((BOXES, [0, 1], [1.0, 1.0], "x" * 200_000), "The message has 200002 bytes"),
    ],
)
def test_what_the_metadata_would_not_survive_is_refused(returned: Any, words: str) -> None:
    assert any(words in message for message in refused(returned)), refused(returned)


def test_everything_that_is_wrong_with_a_result_is_told_at_once() -> None:
    assert len(refused((np.zeros((2, 5)), [0.5, 1.5], ["a", "b"], {1}))) == 4


def test_a_message_without_end_is_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]

    assert "The message" in refused(([], [], [], endless))[0]
    assert "nested without end" in refused(([], [], [], deep))[0]


def test_a_parser_that_goes_on_changing_its_message_does_not_change_ours() -> None:
    message = {"count": 1}
    found = detect(([], [], [], message))
    message["count"] = 2

    assert found.message == {"count": 1}


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.just(object()),
    lambda inner: st.lists(inner, max_size=4) | st.tuples(inner, inner, inner, inner),
    max_leaves=12,
)


@given(ANYTHING | st.tuples(ANYTHING, ANYTHING, ANYTHING, ANYTHING))
def test_whatever_is_returned_ends_in_sound_detections_or_a_failure(returned: Any) -> None:
    try:
        found = detect(returned)
    except ParserFailure:
        return
    assert found.boxes.shape == (len(found), 4)
    assert np.isfinite(found.boxes).all()
    assert np.isfinite(found.scores).all()
    assert all(type(i) is int and 0 <= i < 2 for i in found.class_ids)


def write(folder: Path, source: str) -> Path:
    path = folder / "parser.py"
    path.write_text(textwrap.dedent(source), encoding="utf-8")
    return path


HEAD = "model_type = 0\nname = 'P'\nlabels = ['a']\n"


def test_a_missing_layer_is_the_parsers_failure_and_names_the_layers_there_are(tmp_path: Path) -> None:
    parser = load_primary(
        write(tmp_path, HEAD + "def parse_det_model(config, raw_outputs):\n    return raw_outputs['boxes:0']\n")
    )

    with pytest.raises(ParserFailure) as caught:
        parser.detect(SIZE, {"scores": np.zeros(3), "coverage": np.zeros(3)})

    failure = caught.value
    assert failure.kind is FailureKind.RAISED
    assert "no output layer 'boxes:0'; it has 'scores', 'coverage'" in failure.breaches[0].message
    locations = [line for line in failure.trace.splitlines() if line.strip().startswith("File ")]
    assert locations == [f'  File "{tmp_path}/parser.py", line 5, in parse_det_model']


def test_the_tutorials_way_of_looking_for_a_layer_works(tmp_path: Path) -> None:
    source = """
    def parse_det_model(config, raw_outputs: dict):
        try:
            boxes = raw_outputs["detection_boxes:0"]
        except:
            return [], [], [], None
        w, h = config.image_size
        return boxes * [w, h, w, h], [0], [0.5], raw_outputs.get("absent")
    """
    parser = load_primary(write(tmp_path, HEAD + textwrap.dedent(source)))

    assert len(parser.detect(SIZE, {})) == 0
    found = parser.detect(SIZE, {"detection_boxes:0": np.array([[0.0, 0.5, 0.25, 0.5]], np.float32)})
    assert found.boxes.tolist() == [[0.0, 540.0, 480.0, 540.0]]


@pytest.mark.parametrize("statement", ["raise ValueError('x')", "import sys; sys.exit(0)", "assert False", "1/0"])
def test_what_a_parser_raises_does_not_escape(tmp_path: Path, statement: str) -> None:
    parser = load_primary(write(tmp_path, HEAD + f"def parse_det_model(c, r):\n    {statement}\n"))

    with pytest.raises(ParserFailure) as caught:
        parser.detect(SIZE, {})

    assert caught.value.kind is FailureKind.RAISED
    assert "azda_runtime" not in caught.value.trace
    assert "line 5, in parse_det_model" in caught.value.trace


def test_a_chain_of_exceptions_is_told_without_our_frames(tmp_path: Path) -> None:
    body = "    try:\n        r['x']\n    except KeyError as e:\n        raise RuntimeError('worse') from e\n"
    parser = load_primary(write(tmp_path, HEAD + "def parse_det_model(c, r):\n" + body))

    with pytest.raises(ParserFailure) as caught:
        parser.detect(SIZE, {})

    assert "MissingLayerError: the model has no output layer 'x'" in caught.value.trace
    assert "RuntimeError: worse" in caught.value.trace
    assert "calling.py" not in caught.value.trace


def test_a_custom_parser_returns_data_and_message_and_may_write_the_metadata(tmp_path: Path) -> None:
    source = """
    model_type = 1
    name = "C"
    def parse_custom_model(config, raw_outputs):
        return raw_outputs["x"] * 2, {"width": config.image_size[0]}
    def add_custom_to_meta(self, data, batch_meta, frame_meta):
        frame_meta.append((self.image_size, data.tolist(), batch_meta))
    """
    parser = load_primary(write(tmp_path, source))

    data, message = parser.interpret(SIZE, {"x": np.array([1, 2])})
    frame: list[Any] = []
    parser.add_to_meta(SIZE, data, "batch", frame)
    parser.add_to_meta(SIZE, None, "batch", frame)

    assert not parser.detects
    assert message == {"width": 1920}
    assert frame == [((1920, 1080), [2, 4], "batch")]


def test_a_custom_parser_that_returns_four_values_is_refused() -> None:
    module = SimpleNamespace(model_type=1, name="C", parse_custom_model=lambda config, raw: ([], [], [], None))

    with pytest.raises(ParserFailure, match="returned 4 values where 2"):
        PrimaryParser(module, "c.py").interpret(SIZE, {})


def test_add_custom_to_meta_that_raises_does_not_escape() -> None:
    module = SimpleNamespace(
        model_type=1, name="C", parse_custom_model=lambda c, r: (1, None), add_custom_to_meta=lambda s, d, b, f: 1 / 0
    )

    with pytest.raises(ParserFailure, match="add_custom_to_meta raised ZeroDivisionError"):
        PrimaryParser(module, "c.py").add_to_meta(SIZE, 1, None, None)


def test_a_secondary_parser_returns_a_message(tmp_path: Path) -> None:
    parser = load_secondary(
        write(tmp_path, "gie_unique_id = 3\ndef parse_sgie_model(config, raw):\n    return {'t': raw['t'].tolist()}\n")
    )

    assert parser.gie_unique_id == 3
    assert parser.parse(SIZE, {"t": np.array([1.5])}) == {"t": [1.5]}


def test_a_secondary_parser_whose_message_is_no_json_is_refused() -> None:
    module = SimpleNamespace(gie_unique_id=3, parse_sgie_model=lambda config, raw: np.zeros(2))

    with pytest.raises(ParserFailure) as caught:
        SecondaryParser(module, "s.py").parse(SIZE, {})
    assert ".tolist()" in caught.value.breaches[0].hint


def test_a_parser_that_breaks_its_contract_cannot_be_made(tmp_path: Path) -> None:
    with pytest.raises(ParserFailure) as caught:
        load_primary(write(tmp_path, "model_type = 0\nname = 5\n"))

    assert caught.value.kind is FailureKind.CONTRACT
    assert len(caught.value.breaches) == 3


def test_a_failure_hints_at_each_breach_and_says_nothing_twice() -> None:
    wrong = [Breach(message=f"{name} is wrong.", hint=hint) for name, hint in (("a", "Do x."), ("b", "Do y."))]
    assert ParserFailure("p.py", FailureKind.CONTRACT, [*wrong, wrong[0]]).hint == "Do x. Do y."
