"""`azdacli validate-parser --run` as it is typed."""

import json
import shutil
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from azdacli.cli.app import app
from azdacli.cli.validate_parser import rewritten
from tests.cli.schemas import checked

PARSER = """\
model_type = 0
name = "x"
labels = ["a", "b"]


def parse_det_model(config, raw_outputs):
    rows = raw_outputs["output0"].T
    rows = rows[rows[:, 4:].max(axis=1) > 0.5]
    width, height = config.image_size
    boxes = rows[:, :4] / 160 * [width, height, width, height]
    boxes = boxes - boxes[:, [2, 3, 0, 0]] * [0.5, 0.5, 0, 0]
    return boxes, rows[:, 4:].argmax(axis=1), rows[:, 4:].max(axis=1), {}
"""


@pytest.fixture
def parser(tmp_path: Path) -> Path:
    path = tmp_path / "parser.py"
    path.write_text(PARSER, encoding="utf-8")
    return path


def typed(*words: str | Path) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["validate-parser", *map(str, words)])
    return done.exit_code, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("words", "parsed"),
    [
        (["--run"], ["--run-parser"]),
        (["--run", "parser.py"], ["--run-parser", "parser.py"]),
        (["--run", "./assets"], ["--run-parser", "./assets"]),
        (["p.py", "--run", "--strict"], ["p.py", "--run-parser", "--strict"]),
        (["--run", "pip install scipy", "p.py"], ["--run", "pip install scipy", "p.py"]),
        (["--run", "pip install ./wheels/x.whl"], ["--run", "pip install ./wheels/x.whl"]),
        (["--run=pip"], ["--run=pip"]),
        (["--run", "ldconfig"], ["--run", "ldconfig"]),
        (["--", "--run"], ["--", "--run"]),
    ],
)
def test_run_alone_runs_the_parser_and_with_a_command_says_what_the_build_runs(
    words: list[str], parsed: list[str]
) -> None:
    assert rewritten(words) == parsed


def test_run_finds_what_reading_does_not_and_keeps_the_input_that_shows_it(parser: Path, tmp_path: Path) -> None:
    parser.write_text(PARSER.replace("argmax(axis=1),", "argmax(axis=1).reshape(-1, 1),"), encoding="utf-8")
    assert typed(parser)[0] == 0
    keep = tmp_path / "kept"
    code, answer, _ = typed("--run", parser, "--shapes", "output0=1x6x525", "--keep", keep, "--json")
    reported = checked("validate-parser", answer)
    assert (code, [each["rule"] for each in reported["findings"]]) == (4, ["AZ705"])
    assert reported["runs"][0]["calls"] > 1000
    (file,) = keep.iterdir()
    command = reported["findings"][0]["cure"].partition("It shows again with: azdacli validate-parser ")[2]
    assert command == f"{parser} --replay {file}"
    code, answer, _ = typed(*command.split(), "--json")
    assert (code, [each["rule"] for each in json.loads(answer)["findings"]]) == (4, ["AZ705"])
    assert typed(*command.split(), "--github")[1].startswith("::error ")
    assert json.loads(typed(*command.split(), "--sarif")[1])["runs"][0]["results"][0]["ruleId"] == "AZ705"


def test_a_right_parser_passes_and_a_comment_leaves_a_finding_out(parser: Path) -> None:
    code, shown, err = typed(parser, "--run", "--shapes", "output0=1x6x525")
    assert code == 0, shown + err
    changed = PARSER.replace("    width,", "    raw_outputs['output0'][0, 0] += 1\n    width,")
    changed = changed.replace("raw_outputs):", "raw_outputs):  # azda: ignore[AZ713] nobody reads it again")
    parser.write_text(changed, encoding="utf-8")
    assert typed(parser, "--run", "--shapes", "output0=1x6x525", "--strict")[0] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--run"], "nothing says which outputs 'parser.py' gets"),
        (["--run", "--shapes", "output0"], "--shapes cannot read 'output0'"),
        (["--run", "--shapes", "output0=0x4"], "is not a layer of a model"),
        (["--shapes", "output0=6x8"], "--shapes is about running the parser"),
        (["--replay", "nowhere.npz"], "there is no recording 'nowhere.npz'"),
    ],
)
def test_what_cannot_be_run_ends_in_one_sentence_with_its_cure(parser: Path, words: list[str], said: str) -> None:
    code, _, log = typed(parser, *words)
    assert code == 3
    assert said in log
    assert "hint: " in log


def test_a_file_that_is_no_recording_is_refused(parser: Path, tmp_path: Path) -> None:
    for name, text in (("a.npz", "text"), ("b.npz", "")):
        (tmp_path / name).write_text(text, encoding="utf-8")
        code, _, log = typed(parser, "--replay", tmp_path / name)
        assert code == 4
        assert "is not a recording of tensors" in log


EXAMPLE = Path(__file__).parents[2] / "examples" / "blob-detector" / "custom-assets"


def test_pictures_go_through_the_model_and_come_back_on_a_sheet_and_a_record_replays(tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for number in range(2):
        Image.new("RGB", (320, 180), (200, 40 * number, 0)).save(pictures / f"{number}.png")
    keep, record = tmp_path / "kept", tmp_path / "record.npz"
    code, _, log = typed(EXAMPLE, "--images", pictures, "--keep", keep, "--record", record)
    assert code == 0, log
    assert f"{keep / 'blob_parser-contact-sheet.png'} shows what was found" in log
    assert {file.name for file in keep.iterdir()} == {
        f"blob_parser-{name}.png" for name in ("contact-sheet", "image-000", "image-001")
    }
    assert typed(EXAMPLE, "--replay", record)[0] == 0
    other = tmp_path / "other"
    other.mkdir()
    text = (EXAMPLE / "blob_parser.py").read_text(encoding="utf-8")
    name = "def parse_det_model(config, raw_outputs)"
    assert name in text.replace(": dict", "")
    (other / "parser.py").write_text(
        text.replace("def parse_det_model", "def original")
        + "\n\ndef parse_det_model(config, raw_outputs):\n"
        + "    boxes, ids, scores, message = original(config, raw_outputs)\n    return boxes, ids, scores, ['new']\n",
        encoding="utf-8",
    )
    code, answer, _ = typed(other / "parser.py", "--replay", record, "--json")
    assert (code, {each["rule"] for each in json.loads(answer)["findings"]}) == (4, {"AZ730"})


@pytest.mark.parametrize("name", ["door 12.5 & so.npz", "Tür (neu).npz", "v1.2.npz"])
def test_a_recording_of_any_name_shows_what_it_shows(parser: Path, tmp_path: Path, name: str) -> None:
    parser.write_text(PARSER.replace("argmax(axis=1),", "argmax(axis=1).reshape(-1, 1),"), encoding="utf-8")
    assert typed("--run", parser, "--shapes", "output0=1x6x525", "--keep", tmp_path / "kept")[0] == 4
    (file,) = (tmp_path / "kept").iterdir()
    file.rename(tmp_path / name)
    code, answer, _ = typed(parser, "--replay", tmp_path / name, "--keep", tmp_path / "again", "--json")
    assert (code, [each["rule"] for each in json.loads(answer)["findings"]]) == (4, ["AZ705"])
    assert len(list((tmp_path / "again").iterdir())) == 1


def test_a_recording_of_another_model_is_refused(parser: Path, tmp_path: Path) -> None:
    record = tmp_path / "record.npz"
    assert typed(EXAMPLE, "--run", "--record", record)[0] == 0
    code, _, log = typed(parser, "--replay", record)
    assert code == 4
    assert "the recording holds the outputs of another model" in log


def test_labels_that_only_a_run_knows_are_held_against_the_classes(tmp_path: Path) -> None:
    folder = tmp_path / "assets"
    shutil.copytree(EXAMPLE, folder)
    parser = folder / "blob_parser.py"
    text = parser.read_text(encoding="utf-8")
    (old,) = (line for line in text.splitlines() if line.startswith("labels = "))
    parser.write_text(text.replace(old, f"{old} + __import__('os').environ.get('NOTHING', 'x y').split()"))
    code, answer, _ = typed(folder, "--run", "--json")
    found = [each["message"] for each in json.loads(answer)["findings"] if each["rule"] == "AZ507"]
    assert [("when it runs" in each, code) for each in found] == [(True, 0)]


CONFIGURATION = EXAMPLE / "pgie_config.txt"


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [("infer-dims=3;64;64", "infer-dims=3;32;32", "AZ5"), ("[property]", "[property", "AZ401")],
)
def test_what_reading_found_is_shown_where_the_parser_cannot_be_run(
    old: str, new: str, rule: str, tmp_path: Path
) -> None:
    folder = tmp_path / "assets"
    shutil.copytree(EXAMPLE, folder)
    configuration = folder / CONFIGURATION.name
    configuration.write_text(configuration.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    code, answer, log = typed(folder, "--run", "--json")
    reported = json.loads(answer)
    assert (code, reported["ok"]) == (4, False)
    assert any(each["rule"].startswith(rule) for each in reported["findings"])
    (not_run,) = [each for each in reported["findings"] if "was not run" in each["message"]]
    assert not_run["severity"] == "note"
    assert "hint: " in log
    assert "::error " in typed(folder, "--run", "--github")[1]
    results = json.loads(typed(folder, "--run", "--sarif")[1])["runs"][0]["results"]
    assert len(results) == len(reported["findings"])
    assert "the parser was not run: " in typed(folder, "--run")[1]


def test_the_release_that_is_checked_against_is_the_one_that_is_simulated(parser: Path) -> None:
    line = "    assert os.environ['AZDA_DEEPSTREAM'] == '6.4'\n    width,"
    parser.write_text("import os\n\n" + PARSER.replace("    width,", line), encoding="utf-8")
    words = (parser, "--run", "--shapes", "output0=1x6x525", "--release", "6.4")
    assert typed(*words)[0] == 0
    assert typed(*words[:-1], "7.1")[0] == 4
