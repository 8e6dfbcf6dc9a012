"""Labels that only a run counts, against the classes of the configuration and the model."""

from pathlib import Path

import pytest

from azdacli.parser_check import check_and_pair, run_labels
from tests.parser_check.making import onnx

CONFIG = """[property]
gie-unique-id=1
onnx-file=m.onnx
batch-size=1
network-type=100
output-tensor-meta=1
infer-dims=3;64;64
net-scale-factor=0.0039
"""
PARSER = """import os

model_type = 0
name = "a"
labels = {labels}


def parse_det_model(config, raw_outputs):
    return [], [], [], None
"""


def reported(folder: Path, had: list[str], *, labels: str = "os.environ['L'].split()", classes: int = 0) -> list[str]:
    (folder / "parser.py").write_text(PARSER.format(labels=labels))
    (folder / "pgie.txt").write_text(CONFIG + (f"num-detected-classes={classes}\n" if classes else ""))
    report, [runnable] = check_and_pair([folder])
    assert not report.failed()
    found = list(run_labels.check(runnable, had, None))
    assert all(finding.span.line == 5 for finding in found)
    return [finding.message for finding in found]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    metadata = {"author": "x", "names": "{0: 'car', 1: 'bus'}"}
    (tmp_path / "m.onnx").write_bytes(onnx({"images": ["N", 3, 64, 64]}, ["out"], metadata=metadata))
    return tmp_path


def test_labels_that_agree_are_no_finding(folder: Path) -> None:
    assert reported(folder, ["car", "bus"], classes=2) == []


def test_their_number_is_held_against_the_configuration(folder: Path) -> None:
    [message] = reported(folder, ["car"], classes=2)
    assert message == "this parser has 1 label when it runs; 'num-detected-classes' in pgie.txt is 2"


def test_their_number_is_held_against_the_label_file(folder: Path) -> None:
    (folder / "labels.txt").write_text("car\nbus\n")
    (folder / "parser.py").write_text(PARSER.format(labels="os.environ['L'].split()"))
    (folder / "pgie.txt").write_text(CONFIG + "labelfile-path=labels.txt\n")
    _, [runnable] = check_and_pair([folder])
    [finding] = run_labels.check(runnable, ["a", "b", "c"], None)
    assert finding.message == "this parser has 3 labels when it runs; labels.txt has 2"


def test_their_number_and_order_are_held_against_the_model(folder: Path) -> None:
    [message] = reported(folder, ["car", "bus", "van"])
    assert message == "this parser has 3 labels when it runs; m.onnx says that it has 2 classes"
    [message] = reported(folder, ["bus", "car"])
    assert message == "label 0 is 'bus' when the parser runs; for m.onnx it is 'car'"


def test_what_reading_counted_is_not_said_again(folder: Path) -> None:
    assert reported(folder, ["car"], labels="['car', 'bus']", classes=2) == []
    assert reported(folder, ["car"], labels="[n for n in ['car', 'bus', ''] if n]", classes=2) == []
