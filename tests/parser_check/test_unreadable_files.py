"""Files of a folder that cannot be read are named, and what is no configuration is left alone."""

from pathlib import Path

import pytest

from azdacli.errors import ParserError
from azdacli.parser_check import check, check_assets
from azdacli.parser_check.finding import Report
from azdacli.simulation.cascade import cascade

KEYS = "gie-unique-id=1\nonnx-file=m.onnx\nnetwork-type=100\noutput-tensor-meta=1\n"
NVINFER = f"[property]\n{KEYS}"
SERVER = 'infer_config {\n  unique_id: 1\n  backend { triton { model_name: "m" } }\n}\n'
BROKEN = {
    "a pipe of PowerShell": ("pgie_config.txt", NVINFER.encode("utf-16"), ("AZ101", 1)),
    "UTF-16 without a mark": ("other.txt", NVINFER.encode("utf-16-be"), ("AZ101", 1)),
    "UTF-16 for Triton": ("server.pbtxt", SERVER.encode("utf-16"), ("AZ101", 1)),
    "UTF-16 and no group": ("pgie_config.txt", KEYS.encode("utf-16"), ("AZ101", 1)),
    "an open bracket": ("model.txt", f"# mine\n[property\n{KEYS}".encode(), ("AZ401", 2)),
    "an open bracket above classes": (
        "model.txt",
        f"[property\n{KEYS}[class-attrs-all]\ntopk=3\n".encode(),
        ("AZ401", 1),
    ),
    "no group": ("model.txt", f"\n{KEYS}".encode(), ("AZ401", 2)),
    "no group in YAML": ("model.yml", KEYS.replace("=", ": ").encode(), ("AZ401", 1)),
    "a group without its colon": (
        "model.yml",
        ("property\n" + "".join(f"  {line}\n" for line in KEYS.replace("=", ": ").splitlines())).encode(),
        ("AZ401", 2),
    ),
    "no setting": ("pgie_config.txt", b"[property]\nonnx-file m.onnx\n", ("AZ401", 2)),
}
OTHERS = {
    "labels.txt": "person\ncar\n".encode("utf-16"),
    "requirements.txt": "numpy==1.26\nonnx==1.16\n".encode("utf-16"),
    "README.txt": b"Set network-type=100 in the configuration.\n\nnetwork-type=100\noutput-tensor-meta=1\n"
    b"\nThen run it.\nIt shows boxes.\n",
    "notes.yml": b"onnx-file: where the model is\nabout: a model\n",
    "app_config.txt": b"[application]\nperf=1\n[primary-gie]\ngie-unique-id=1\nmodel-engine-file=m.engine\n"
    b"labelfile-path=labels.txt\n",
    "config_tracker.yml": "BaseConfig:\n  minDetectorConfidence: 0\n".encode("utf-16"),
    "empty_config.txt": b"",
    "config.ini": b"[section]\nname=value\n",
}


def locations(report: Report) -> set[tuple[str, int]]:
    return {(finding.rule.id, finding.span.line) for finding in report.findings}


@pytest.mark.parametrize("name", BROKEN)
def test_a_configuration_that_cannot_be_read_is_an_error_wherever_it_lies(name: str, tmp_path: Path) -> None:
    file_name, data, expected = BROKEN[name]
    path = tmp_path / file_name
    path.write_bytes(data)
    for report in (check([tmp_path]), check([path]), check_assets([tmp_path]), check_assets([path])):
        assert expected in locations(report)
        assert report.failed()
        assert report.files == (path,)
    with pytest.raises(ParserError, match=rf"{file_name}:{expected[1]}: "):
        cascade(tmp_path, config=None, parser=None, secondaries=(), tracker="")


@pytest.mark.parametrize("name", OTHERS)
def test_a_file_that_is_no_configuration_is_left_alone(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(OTHERS[name])
    assert check([tmp_path]).findings == ()
    assert check_assets([tmp_path / name]).findings == ()


def test_a_missing_group_is_said_once(tmp_path: Path) -> None:
    (tmp_path / "pgie_config.txt").write_text(KEYS)
    assert [finding.message for finding in check([tmp_path]).findings] == [
        "'gie-unique-id' stands before the first group"
    ]


def test_what_may_be_a_configuration_is_named_without_blame(tmp_path: Path) -> None:
    (tmp_path / "other_config.txt").write_bytes(b"\x80\xff\x00\x12" * 40)
    report = check([tmp_path])
    assert [finding.severity.value for finding in report.findings] == ["note"]
    assert "other_config.txt cannot be read" in report.findings[0].message


def test_python_files_that_nobody_can_read_are_named(tmp_path: Path) -> None:
    parser = (
        'model_type = 0\nname = "a"\nlabels = []\n\n\ndef parse_det_model(config, raw):\n    return [], [], [], None\n'
    )
    (tmp_path / "parser.py").write_text(parser)
    (tmp_path / "z_parser.py").write_bytes(b"\xff\xfe\xfd\x81")
    (tmp_path / "helper.py").write_text("x = 1\ndef broken(:\n    pass\n")
    (tmp_path / "fine.py").write_text("import nothing_of_the_image\n")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "script.py").write_text("print 1\n")
    found = {(each.path.name, each.rule.id, each.span.line, each.severity.value) for each in check([tmp_path]).findings}
    assert {("z_parser.py", "AZ101", 1, "note"), ("helper.py", "AZ102", 2, "note")} <= found
    assert {name for name, *_ in found} <= {"parser.py", "z_parser.py", "helper.py"}
    assert not check([tmp_path]).failed()
