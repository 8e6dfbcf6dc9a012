"""The tutorial's own parsers, taken as they stand."""

import re
from pathlib import Path

import pytest

from azdacli.image.spec import Target
from azdacli.parser_check import check
from tests.parser_check import making

TUTORIAL = Path(__file__).parent / "corpus" / "tutorial"


def findings(path: Path) -> list[tuple[int, str, str]]:
    return [(f.span.line, f.rule.name, f.message) for f in check([path]).findings]


def test_the_primary_template_lacks_only_the_names_that_its_author_has_to_determine() -> None:
    assert findings(TUTORIAL / "templates/primary_template.py") == [
        (37, "undefined-name", "'bboxes' is not defined"),
        (37, "undefined-name", "'scores' is not defined"),
        (37, "undefined-name", "'message' is not defined"),
        (61, "undefined-name", "'data' is not defined"),
        (61, "undefined-name", "'message' is not defined"),
    ]


def test_the_secondary_template_lacks_only_its_message() -> None:
    assert findings(TUTORIAL / "templates/secondary_template.py") == [
        (20, "undefined-name", "'message' is not defined")
    ]


def test_the_templates_pass_once_their_names_are_determined(tmp_path: Path) -> None:
    given = {
        "    # your code should determine 'bboxes', 'labels', 'scores' and 'message'": (
            '    bboxes, scores = raw_outputs["boxes"], raw_outputs["scores"]\n'
            '    labels = raw_outputs["classes"].astype(int)\n    message = None'
        ),
        "    # your code should determine 'data' and 'message'": '    data, message = raw_outputs["data"], None',
        "    # get `message` from model output": '    message = raw_outputs["landmarks"].tolist()',
    }
    for name in ("primary_template.py", "secondary_template.py"):
        text = (TUTORIAL / "templates" / name).read_text()
        for comment, code in given.items():
            text = text.replace(comment, code)
        (tmp_path / name).write_text(text)
        assert findings(tmp_path / name) == []


def test_determined_values_do_not_excuse_returning_the_labels_as_ids(tmp_path: Path) -> None:
    text = (TUTORIAL / "templates/primary_template.py").read_text()
    code = "    bboxes = scores = []\n    message = data = None\n    return bboxes, labels"
    path = tmp_path / "parser.py"
    path.write_text(
        text.replace("    return bboxes, labels", code).replace(
            "    return data", "    data = message = None\n    return data"
        )
    )
    assert [rule for _, rule, _ in findings(path)] == ["unused-name", "class-ids-strings"]


def test_the_ssd_example_is_wrong_for_what_it_is() -> None:
    found = check([TUTORIAL / "ssd_detection/ssd_parser.py"]).findings
    assert [(f.span.line, f.span.column, f.rule.name) for f in found] == [
        (30, 12, "undefined-name"),
        (30, 20, "class-ids-strings"),
    ]
    assert [f.cure for f in found] == ["Did you mean 'boxes'?", "Did you mean 'classes'?"]


def test_the_custom_model_example_is_wrong_for_what_it_is() -> None:
    assert findings(TUTORIAL / "ssd_custom/ssd_custom_parser.py") == [
        (15, "return-count", "parse_custom_model must give 2 values; this gives 4"),
        (29, "undefined-name", "'bboxes' is not defined"),
        (29, "undefined-name", "'labels' is not defined"),
    ]


def test_the_landmarks_example_passes() -> None:
    assert findings(TUTORIAL / "landmarks/landmarks_parser.py") == []


def test_the_landmarks_example_alone_is_told_what_it_misses_and_still_passes(tmp_path: Path) -> None:
    path = tmp_path / "parser.py"
    path.write_text((TUTORIAL / "landmarks/landmarks_parser.py").read_text())
    report = check([path])
    assert [f.rule.name for f in report.findings] == ["unknown-module"]
    assert not report.failed()


CUSTOM_VISION = """\
[property]
gpu-id=0
net-scale-factor=1
model-color-format=1
onnx-file=model.onnx
labelfile-path={labels}
network-mode=0
num-detected-classes={classes}
gie-unique-id=1
is-classifier=0
maintain-aspect-ratio=1
parse-bbox-func-name=NvDsInferParseCustomYoloV2Tiny
custom-lib-path={library}
"""


@pytest.fixture
def things(tmp_path: Path) -> Path:
    """The folder MyCustomThings of the tutorial, with a library for Jetson."""
    folder = tmp_path / "MyCustomThings"
    folder.mkdir()
    (folder / "model.onnx").write_bytes(making.onnx({"data": [1, 3, 416, 416]}, ["model_outputs0"]))
    (folder / "label.txt").write_text("apple\nbanana\n")
    library = making.shared_library("aarch64", ["NvDsInferParseCustomYoloV2Tiny"])
    (folder / "libnvdsinfer_custom_impl_Yolo_dp61_arm.so").write_bytes(library)
    return folder


def custom_vision(folder: Path, target: Target, **values: object) -> list[str]:
    text = CUSTOM_VISION.format(**values)
    (folder / "config_infer_custom_vision.txt").write_text(text)
    return [f"{f.severity.value} {f.rule.name}" for f in check([folder], target=target).findings]


ARM = "libnvdsinfer_custom_impl_Yolo_dp61_arm.so"


def test_the_custom_vision_folder_as_the_tutorial_has_it_names_what_is_not_there(things: Path) -> None:
    found = custom_vision(things, Target.JETSON, labels="labels.txt", classes=9, library=ARM.removesuffix(".so"))
    assert found == ["error file-missing", "warning legacy-key", "error file-missing"]
    cures = [f.cure for f in check([things]).findings if f.rule.name == "file-missing"]
    assert cures == [
        "The folder has 'label.txt': did you mean that?",
        f"The folder has '{ARM}': write the name with its ending.",
    ]


def test_the_custom_vision_folder_is_held_against_its_labels_and_the_device(things: Path) -> None:
    found = custom_vision(things, Target.DGPU, labels="label.txt", classes=9, library=ARM)
    assert found == ["error class-count", "warning legacy-key", "error library-machine"]


def test_the_custom_vision_folder_passes_when_it_is_in_order(things: Path) -> None:
    assert custom_vision(things, Target.JETSON, labels="label.txt", classes=2, library=ARM) == ["warning legacy-key"]


@pytest.mark.parametrize(
    "name", ["bodypose2d_pgie_config.txt", "config_infer_custom_vision.txt", "pgie_config.txt", "sgie1_config.txt"]
)
def test_the_predecessors_configurations_are_read_without_a_word_about_their_form(name: str) -> None:
    path = Path(__file__).parents[3] / "shared" / "compat" / "nvinfer-configs" / name
    if not path.exists():
        pytest.skip("the predecessor's files are not beside this checkout")
    found = check([path], release="7.0").findings
    assert not {f.rule.name for f in found} & {"config-unreadable", "misspelt-key", "unknown-key", "bad-value"}


def test_the_tutorial_is_in_the_corpus_to_the_letter() -> None:
    page = Path(__file__).parents[3] / "shared" / "mission" / "byom-tutorial.md"
    if not page.exists():
        pytest.skip("the tutorial is not beside this checkout")
    blocks = set(re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL))
    names = ("*_template.py", "*_parser.py")
    assert {p.read_text() for name in names for p in TUTORIAL.rglob(name)} == blocks
