"""`.env` files: what is read, and that a changed variable changes nothing else."""

import io
from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import given, settings
from hypothesis import strategies as st

from azdacli.errors import SpecError
from azdacli.util import env_file

TUTORIAL = (
    "CONTAINER_REGISTRY_NAME=whatever.azurecr.io\n"
    "CONTAINER_REGISTRY_PASSWORD=<YOUR REGISTRY PASSWORD>\n"
    "CONTAINER_REGISTRY_USERNAME=<YOUR REGISTRY USERNAME>\n"
    "DS_AI_PIPELINE_IMAGE_URI=<The tag you pushed>\n"
)

values = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".env"


def read(path: Path, text: str, **environ: str) -> dict[str, str]:
    path.write_bytes(text.encode())
    return env_file.read(path, environ)


def test_the_tutorials_file_is_read_as_it_stands(path: Path) -> None:
    assert read(path, TUTORIAL)["CONTAINER_REGISTRY_PASSWORD"] == "<YOUR REGISTRY PASSWORD>"


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("A=b", "b"),
        ("export A=b", "b"),
        ("A = b # remark", "b"),
        ("A=b#c", "b#c"),
        ("A=", ""),
        ("A= # nothing", ""),
        ('A="x\\ny"', "x\ny"),
        ("A='x\\ny'", "x\\ny"),
        ("A='it\\'s'", "it's"),
        ("A='x\ny'", "x\ny"),
        ("A='pa${ss}$word'", "pa${ss}$word"),
        ("A=pa$word", "pa$word"),
        ("A=${HERE}/x", "there/x"),
        ("A=${GONE:-else}", "else"),
        ("\ufeffA=b", "b"),
    ],
)
def test_a_value_is_read(path: Path, line: str, value: str) -> None:
    assert read(path, line, HERE="there") == {"A": value}


def test_an_earlier_line_fills_a_reference_and_the_environment_goes_first(path: Path) -> None:
    text = "HOST=one\nURL=rtsp://${HOST}/\n"
    assert read(path, text)["URL"] == "rtsp://one/"
    assert read(path, text, HOST="two")["URL"] == "rtsp://two/"


def test_a_reference_that_is_set_nowhere_is_an_error_that_shows_no_value(path: Path) -> None:
    with pytest.raises(SpecError, match=r"line 3 \(SECRET\) refers to \$\{ret\}") as caught:
        read(path, "A=1\n\nSECRET=sec${ret}hunter2\n")
    assert "hunter2" not in str(caught.value)


def test_a_line_that_is_no_assignment_is_an_error_that_shows_no_value(path: Path) -> None:
    with pytest.raises(SpecError, match="line 2 is not a NAME=value") as caught:
        read(path, "A=1\nSECRET='hunter2\n")
    assert "hunter2" not in str(caught.value)


def test_a_missing_file_and_a_file_that_is_no_text_are_errors(path: Path) -> None:
    with pytest.raises(SpecError, match="cannot read"):
        env_file.read(path, {})
    path.write_bytes(b"A=\xff\n")
    with pytest.raises(SpecError, match="not UTF-8"):
        env_file.read(path, {})


@settings(deadline=None)
@given(st.dictionaries(st.from_regex(r"[A-Z_][A-Z0-9_]{0,8}", fullmatch=True), values, max_size=6))
def test_what_set_variable_wrote_is_what_read_returns(tmp_path_factory: pytest.TempPathFactory, wanted: dict) -> None:
    path = tmp_path_factory.mktemp("env") / ".env"
    path.touch()
    for name, value in wanted.items():
        env_file.set_variable(path, name, value)
    assert env_file.read(path, {}) == wanted


pieces = st.sampled_from(
    [
        "\n",
        "\r\n",
        "# remark\n",
        "A=1\n",
        "B='x y' # z\r\n",
        'export C="a\\"b"\n',
        "D\n",
        "é=ü\n",
        "X=old\n",
        "  X = 'o'#r\n",
        "X=\n",
        "X= # r\n",
        "X\n",
        "'X'=1\n",
        "E='two\nlines'\n",
        "no assignment at all\n",
        "X=o # r\n",
        "X=o#r",
        "\n\n  ",
    ]
)


@settings(deadline=None)
@given(st.lists(pieces, max_size=8).map("".join), st.booleans())
def test_setting_one_variable_changes_no_other_byte(
    tmp_path_factory: pytest.TempPathFactory, text: str, bom: bool
) -> None:
    path = tmp_path_factory.mktemp("env") / ".env"
    before = ("\ufeff" if bom else "") + text
    path.write_bytes(before.encode())
    env_file.set_variable(path, "X", "reg.io/app:2@sha256:ab")
    after = path.read_bytes().decode()
    assert after.count("reg.io/app:2@sha256:ab") == 1
    head, tail = after.split("reg.io/app:2@sha256:ab")
    assert before.startswith(head.removesuffix("=").removesuffix("X").rstrip("\r\n"))
    assert before.endswith(tail.lstrip(" ") if tail.strip() else "")
    old, new = (dict(dotenv_values(stream=io.StringIO(t, newline=""), interpolate=False)) for t in (before, after))
    assert new == old | {"X": "reg.io/app:2@sha256:ab"}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "X=new\n"),
        ("A=1", "A=1\nX=new\n"),
        ("A=1\r\n", "A=1\r\nX=new\r\n"),
        ("X=old", "X=new"),
        ("export X = 'old'  # why\r\nA=1\r\n", "export X = new  # why\r\nA=1\r\n"),
        ("X=1\nX=2\nA=3\n", "X=1\nX=new\nA=3\n"),
        ("# X=old\n", "# X=old\nX=new\n"),
        ("X\n", "X=new\n"),
        ("X= # why\n", "X= new # why\n"),
        ("XY=1\n", "XY=1\nX=new\n"),
        ("X=new\n", "X=new\n"),
        ('X="two\nlines"\n', "X=new\n"),
    ],
)
def test_the_line_is_edited_in_place(path: Path, before: str, after: str) -> None:
    path.write_bytes(before.encode())
    env_file.set_variable(path, "X", "new")
    assert path.read_bytes().decode() == after


def test_a_quote_that_is_never_closed_cannot_swallow_the_new_line(path: Path) -> None:
    path.write_text("A='open\n")
    with pytest.raises(SpecError, match="without changing another variable"):
        env_file.set_variable(path, "X", "it's")
    assert path.read_text() == "A='open\n"


def test_mode_and_link_are_kept_and_nothing_is_left_beside_the_file(tmp_path: Path) -> None:
    real = tmp_path / "real.env"
    real.write_text("X=1\n")
    real.chmod(0o640)
    (tmp_path / ".env").symlink_to(real)
    env_file.set_variable(tmp_path / ".env", "X", "2")
    assert (tmp_path / ".env").is_symlink()
    assert (real.read_text(), real.stat().st_mode & 0o777) == ("X=2\n", 0o640)
    assert sorted(p.name for p in tmp_path.iterdir()) == [".env", "real.env"]


def test_a_new_file_is_its_owners_alone(path: Path) -> None:
    env_file.set_variable(path, "X", "a b")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("X='a b'\n", 0o600)


def test_a_name_or_value_that_cannot_stand_in_the_file_is_refused(path: Path) -> None:
    with pytest.raises(SpecError, match="not a valid name for an environment variable"):
        env_file.set_variable(path, "A B", "x")
    with pytest.raises(SpecError, match="NUL"):
        env_file.set_variable(path, "A", "\x00")
    assert not path.exists()


def test_a_folder_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="cannot write"):
        env_file.set_variable(tmp_path / "none" / ".env", "A", "x")


@pytest.mark.parametrize("value", ["0\n", "word\n", "a\r\n", "\n"])
def test_a_value_that_ends_with_a_line_break_keeps_it(path: Path, value: str) -> None:
    env_file.set_variable(path, "A", value)
    assert env_file.read(path, {}) == {"A": value}


def test_a_name_that_ends_with_a_line_break_is_refused(path: Path) -> None:
    with pytest.raises(SpecError, match="is not a valid name"):
        env_file.set_variable(path, "A\n", "b")
