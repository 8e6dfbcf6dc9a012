"""The console: what comes from outside is shown, not obeyed, and no secret of this run gets out."""

import io
import json
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from azdacli.cli import console
from azdacli.cli.app import app
from azdacli.errors import SpecError
from dsconfig.printable import printable

EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m\rerror\u202egnp.exe\x00\udcff"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@given(st.text())
def test_nothing_that_steers_a_terminal_is_left(text: str) -> None:
    shown = printable(text)
    assert all(c in "\n\t" or ord(c) >= 32 for c in shown)
    assert not set(shown) & {"\x7f", "\x9b", "\x85", "\u202e", "\u2066", "\u2028"}
    shown.encode()


def test_what_is_printable_stays() -> None:
    text = "straße 日本 é\ttab\nline 🎥"
    assert printable(text) == text


def test_escapes_are_shown_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    out, err = Terminal(), Terminal()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    monkeypatch.setenv("NO_COLOR", "1")
    console.note(EVIL)
    console.warning(EVIL)
    console.failure(SpecError(EVIL, hint=EVIL))
    console.result(EVIL)
    console.result_json({"name": EVIL})
    for text in (out.getvalue(), err.getvalue()):
        assert not set(text) & {"\x1b", "\x07", "\x9b", "\r", "\u202e", "\x00", "\udcff"}
        assert "\\x1b]0;owned\\x07" in text


def test_a_program_gets_the_answer_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    console.result("a\x1bb\u202e")
    assert capsys.readouterr().out == "a\x1bb\u202e\n"


def test_a_secret_of_the_environment_is_in_no_message(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZDA_REGISTRY_PASSWORD", "CANARYx1234567")
    console.begin()
    console.failure(SpecError("the registry said CANARYx1234567"), as_json=True)
    reported = capsys.readouterr()
    assert "the registry said ***" in reported.err
    assert json.loads(reported.out)["error"]["message"] == "the registry said ***"


def test_a_parser_cannot_steer_the_terminal(tmp_path: Path) -> None:
    parser = tmp_path / "p.py"
    parser.write_text('model_type = 0\nname = "\x1b[2J"\nlabels = "\x1b]0;x\x07"\nx = \x9b31m\n', encoding="utf-8")
    result = CliRunner().invoke(app, ["validate-parser", str(parser)])
    assert not set(result.output) & {"\x1b", "\x9b", "\x07"}
