"""`azdacli view` as a process: an address on stdout, a page behind it, an end on Ctrl-C."""

import json
import re
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import jsonschema
import pytest

from tests.view import making


def test_it_prints_the_address_serves_the_page_and_ends_with_ctrl_c(tmp_path: Path) -> None:
    (tmp_path / "video.mp4").write_bytes(b"")
    (tmp_path / "messages.jsonl").write_text(making.lines([making.message(0)]), encoding="utf-8")
    command = [sys.executable, "-m", "azdacli", "view", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        address = process.stdout.readline().strip()
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/[\w-]{32}/", address)
        with urllib.request.urlopen(address, timeout=30) as page:
            assert b"azdacli view" in page.read()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        assert "Traceback" not in process.stderr.read()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("away",), "cannot be read"),
        ((".",), "there is nothing to view in"),
        (("a", "b", "c"), "3 folders cannot be shown side by side"),
    ],
)
def test_what_cannot_be_viewed_is_a_sentence(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "azdacli", "view", *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 3
    assert message in done.stderr
    assert "hint" in done.stderr


def test_a_report_is_about_one_clip_and_takes_no_files_name_that_it_is_made_from(tmp_path: Path) -> None:
    for name in ("a_20261122T230501123Z_0001.mp4", "a_20261122T230531123Z_0002.mp4"):
        (tmp_path / name).touch()
    run = tmp_path / "run"
    run.mkdir()
    (run / "video.mp4").write_bytes(b"video")
    for words, message in (
        ((str(tmp_path), "--export", "report.html"), "a report is about one clip, and there are 2"),
        ((str(run), "--export", str(run / "video.mp4")), "lies in the folder that is shown"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "azdacli", "view", *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, message in done.stderr) == (3, True)
    assert (run / "video.mp4").read_bytes() == b"video"


def test_with_json_the_address_is_one_object(tmp_path: Path) -> None:
    (tmp_path / "annotated.png").write_bytes(b"")
    command = [sys.executable, "-m", "azdacli", "view", str(tmp_path), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        text = b""
        while not text.endswith(b"\n}\n"):
            text += process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    answer = json.loads(text)
    schema = json.loads((Path(__file__).parents[2] / "azdacli" / "data" / "schemas" / "view.json").read_bytes())
    jsonschema.validate(answer, schema)
    assert answer["clips"] == [tmp_path.name]
