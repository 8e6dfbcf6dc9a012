"""One cause, one finding: what is misspelt, or counted wrong, is said once."""

from pathlib import Path

import pytest

from azdacli.parser_check.check import check
from tests.parser_check import making

SERVER = """\
infer_config {
  unique_id: 1
  max_batch_size: 1
  backend {
    triton {
      model_name: "yolo"
      version: -1
      model_repo { root: "./repo" }
    }
  }
  postprocess { other {} }
}
output_control { output_tensor_meta: true }
"""
PARSER = """\
model_type = 0
name = "x"
labels = ["a", "b"]


def parse_det_model(config, raw_outputs):
    return [], [], [], None
"""
CONFIG = "[property]\nonnx-file=m.onnx\nnetwork-type=100\noutput-tensor-meta=1\nnum-detected-classes={count}\n"


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("model_repo", "model_reop"), ("model_name", "model_nmae"), ("root", "rot"), ("triton", "tritom")],
)
def test_a_misspelt_field_of_a_server_s_model_is_said_once(tmp_path: Path, right: str, wrong: str) -> None:
    path = tmp_path / "pgie.txt"
    (tmp_path / "repo" / "yolo" / "1").mkdir(parents=True)
    text = SERVER.replace(right, wrong)
    path.write_text(text, encoding="utf-8")
    line = next(number for number, each in enumerate(text.splitlines(), 1) if wrong in each)
    found = check([path]).findings
    assert [(f.rule.name, f.span.line) for f in found] == [("misspelt-key", line)]
    assert f"Did you mean '{right}'?" in found[0].cure


@pytest.mark.parametrize(("field", "wrong"), [("max_batch_size", "max_batch_sise"), ("platform", "platfrom")])
def test_a_misspelt_field_of_config_pbtxt_has_its_line(tmp_path: Path, field: str, wrong: str) -> None:
    (tmp_path / "pgie.txt").write_text(SERVER, encoding="utf-8")
    version = tmp_path / "repo" / "yolo" / "1"
    version.mkdir(parents=True)
    (version / "model.onnx").write_bytes(making.onnx({"images": (1, 3, 8, 8)}, ["out"]))
    text = 'name: "yolo"\nplatform: "onnxruntime_onnx"\nmax_batch_size: 0\n'.replace(field, wrong)
    (version.parent / "config.pbtxt").write_text(text, encoding="utf-8")
    found = [f for f in check([tmp_path / "pgie.txt"]).findings if f.path.name == "config.pbtxt"]
    assert [(text.splitlines()[f.span.line - 1].partition(":")[0], f.cure) for f in found] == [
        (wrong, f"Did you mean '{field}'?")
    ]


@pytest.mark.parametrize("count", [2, 3])
def test_labels_that_are_too_few_are_said_once(tmp_path: Path, count: int) -> None:
    (tmp_path / "parser.py").write_text(PARSER, encoding="utf-8")
    (tmp_path / "pgie.txt").write_text(CONFIG.format(count=count), encoding="utf-8")
    metadata = {"names": "{0: 'a', 1: 'b', 2: 'c'}"}
    (tmp_path / "m.onnx").write_bytes(making.onnx({"images": (1, 3, 8, 8)}, ["out"], metadata=metadata))
    assert [f.rule.id for f in check([tmp_path]).findings if f.rule.id == "AZ507"] == ["AZ507"]


@pytest.mark.parametrize(
    "labels",
    [
        '"a b".split()',
        '"a,b".split(",")',
        '[x.strip() for x in "a b".split()]',
        '[f"class {i}" for i in range(2)]',
        '["x"] * 2',
        'list(("a", "b"))',
    ],
)
@pytest.mark.parametrize(("count", "found"), [(2, 0), (3, 1)])
def test_labels_that_are_made_by_code_are_counted(tmp_path: Path, labels: str, count: int, found: int) -> None:
    (tmp_path / "parser.py").write_text(PARSER.replace('["a", "b"]', labels), encoding="utf-8")
    (tmp_path / "pgie.txt").write_text(CONFIG.format(count=count), encoding="utf-8")
    assert [f.rule.id for f in check([tmp_path]).findings].count("AZ507") == found


def test_labels_of_a_number_that_nobody_knows_are_not_counted(tmp_path: Path) -> None:
    labels = "[x for x in names() if x]\n\n\ndef names():\n    return ['a', 'b', '']\n"
    (tmp_path / "parser.py").write_text(PARSER.replace('["a", "b"]', labels), encoding="utf-8")
    (tmp_path / "pgie.txt").write_text(CONFIG.format(count=3), encoding="utf-8")
    assert "AZ507" not in [f.rule.id for f in check([tmp_path]).findings]
