"""The report is one file, shows what the run found, and keeps hostile text as text."""

import json
import re
from pathlib import Path

import pytest

from azdacli.view import clips, report
from azdacli.view.library import Library
from tests.view import making


def write(folder: Path, label: str = "square", summary: object = None) -> Library:
    (folder / "video.mp4").write_bytes(b"\0" * 100)
    (folder / "messages.jsonl").write_text(
        making.lines([making.message(frame, label=label) for frame in range(40)]), encoding="utf-8"
    )
    if summary is not None:
        (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    return Library(clips.find(folder))


def test_it_counts_plots_and_names_what_went_wrong(tmp_path: Path) -> None:
    parser = {"calls": 40, "meanMilliseconds": 1.5, "slowestMilliseconds": 9, "failures": 2, "reasons": {"no boxes": 2}}
    page = report.page(write(tmp_path, summary={"parsers": {"/a/p.py": parser}, "failure": {"message": "the end"}}))
    assert "<td>square</td><td>40</td>" in page
    assert page.count("<polyline") == 1
    for text in (
        "1.50 ms a call, the slowest 9.00 ms",
        "2 failed",
        "2 x no boxes",
        "the end",
        "data:video/mp4;base64,",
    ):
        assert text in page
    assert not re.findall(r"https?://", page)


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</style><b>"])
def test_hostile_text_stays_text(tmp_path: Path, text: str) -> None:
    page = report.page(write(tmp_path, text, {"notices": [text], "parsers": {text: {"reasons": {text: 1}}}}))
    assert text not in page


@pytest.mark.parametrize("content", ["", "[]", "{", '{"parsers": null}'])
def test_a_summary_that_is_none_is_left_out(tmp_path: Path, content: str) -> None:
    library = write(tmp_path)
    (tmp_path / "summary.json").write_text(content, encoding="utf-8")
    assert "The run" not in report.page(Library(clips.find(tmp_path)))
    assert library.run(0) == {"facts": [], "troubles": []}


@pytest.mark.parametrize(
    "summary",
    [
        {"frames": "x", "parsers": [5], "errors": {"a": 1}},
        {"framesPerSecond": "fast", "parsers": {"p.py": 3}, "notices": {}, "failure": []},
        {
            "parsers": {"p.py": {"calls": None, "meanMilliseconds": [], "reasons": 7, "trace": {}}},
            "failure": {"message": 1},
        },
    ],
)
def test_a_summary_with_parts_of_other_types_is_shown_as_far_as_it_goes(tmp_path: Path, summary: object) -> None:
    assert "<h1>" in report.page(write(tmp_path, summary=summary))


def test_a_video_that_is_too_large_for_mail_is_left_out_and_said(tmp_path: Path) -> None:
    library = write(tmp_path)
    with (tmp_path / "video.mp4").open("r+b") as file:
        file.truncate(9 << 20)
    assert "too large to be part of this file (9 MB)" in report.page(library)


def test_a_run_that_failed_is_shown_by_what_it_left(tmp_path: Path) -> None:
    for name in ("annotated.partial.mp4", "messages.partial.jsonl", "summary.partial.json"):
        (tmp_path / name).touch()
    (clip,) = clips.find(tmp_path)
    assert clip.name == f"{tmp_path.name} (the run failed)"
    assert clip.summary == tmp_path / "summary.partial.json"
