"""A user's parser is loaded with its siblings, in a world of its own."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from azda_runtime.parsers.failures import FailureKind, ParserFailure
from azda_runtime.parsers.loader import load


def write(folder: Path, **files: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        path = folder / (name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
    return folder


def failure_of(path: Path) -> ParserFailure:
    with pytest.raises(ParserFailure) as caught:
        load(path)
    return caught.value


def test_siblings_are_imported_by_their_bare_names(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        parser="""
        import utils as UTILS
        from helpers import double
        import deep.inner
        from deep import other
        x = double(UTILS.ONE)
        """,
        utils="ONE = 1",
        helpers="import utils\ndef double(n): return 2 * n + utils.ONE - 1",
        deep____init__="",
        deep__inner="VALUE = 5",
        deep__other="from deep.inner import VALUE",
    )

    module: Any = load(folder / "parser.py")

    assert module.x == 2
    assert module.deep.inner.VALUE == 5
    assert module.other.VALUE == 5


def test_two_parsers_that_each_bring_the_same_names_do_not_meet(tmp_path: Path) -> None:
    modules: list[Any] = [
        load(write(tmp_path / name, parser="import utils\nwho = utils.WHO", utils=f"WHO = {name!r}") / "parser.py")
        for name in ("a", "b")
    ]

    assert [m.who for m in modules] == ["a", "b"]
    assert "utils" not in sys.modules
    assert "parser" not in sys.modules
    assert not {str(tmp_path / "a"), str(tmp_path / "b")} & set(sys.path)


def test_an_import_inside_a_function_finds_the_sibling_long_after_loading(tmp_path: Path) -> None:
    source = "def f():\n    import late\n    return late.V"
    first: Any = load(write(tmp_path / "a", parser=source, late="V = 1") / "parser.py")
    second: Any = load(write(tmp_path / "b", parser=source, late="V = 2") / "parser.py")

    assert (first.f(), second.f(), first.f()) == (1, 2, 1)


def test_an_updated_file_and_an_updated_sibling_are_loaded_anew_even_within_a_second(tmp_path: Path) -> None:
    path = write(tmp_path, parser="import utils\nv = (1, utils.V)", utils="V = 1") / "parser.py"
    before: Any = load(path)
    stamp = path.stat().st_mtime

    write(tmp_path, parser="import utils\nv = (2, utils.V)", utils="V = 2")
    for name in ("parser.py", "utils.py"):
        os.utime(tmp_path / name, (stamp, stamp))
    write(tmp_path, added="V = 3")
    after: Any = load(path)

    assert (before.v, after.v) == ((1, 1), (2, 2))


def test_loading_leaves_no_bytecode_beside_the_users_files(tmp_path: Path) -> None:
    load(write(tmp_path, parser="import utils", utils="") / "parser.py")

    assert {p.name for p in tmp_path.iterdir()} == {"parser.py", "utils.py"}


def test_a_file_name_that_is_no_module_name_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "yolo.v4.py").write_text("name = 'four'")
    (tmp_path / "my parser.py").write_text("import helpers\nname = helpers.N")
    (tmp_path / "helpers.py").write_text("N = 'blank'")

    four: Any = load(tmp_path / "yolo.v4.py")
    blank: Any = load(tmp_path / "my parser.py")

    assert (four.name, blank.name) == ("four", "blank")
    assert four.__file__ == str(tmp_path / "yolo.v4.py")


def test_a_parser_may_be_called_like_a_module_of_the_standard_library(tmp_path: Path) -> None:
    module: Any = load(write(tmp_path, json="name = 'mine'") / "json.py")

    assert module.name == "mine"
    assert sys.modules["json"] is json


def test_a_sibling_named_like_a_standard_module_is_the_parsers_alone(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        parser="import json, random, sys\nimport email.message\nmine = json.MINE\nreal = sys.version",
        json="MINE = True",
        random="raise_ = 1",
        sys="version = 'never'",
    )

    module: Any = load(path / "parser.py")

    assert module.mine
    assert module.real == sys.version
    assert not hasattr(json, "MINE")
    assert json.loads("[1]") == [1]


def test_a_plain_folder_named_like_an_installed_module_does_not_hide_it(tmp_path: Path) -> None:
    (tmp_path / "textwrap").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "names.py").write_text("N = 3")

    module: Any = load(
        write(tmp_path, parser="import textwrap\nfrom data import names\nd = textwrap.dedent") / "parser.py"
    )

    assert module.d is textwrap.dedent
    assert module.names.N == 3


def test_a_sibling_may_import_the_parser_itself(tmp_path: Path) -> None:
    path = write(
        tmp_path, parser="V = 1\nimport back\nw = back.seen()", back="import parser\ndef seen(): return parser.V"
    )

    module: Any = load(path / "parser.py")

    assert module.w == 1


def test_dataclasses_and_pickling_work_in_a_parser(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        parser="""
        from __future__ import annotations
        import pickle
        from dataclasses import dataclass
        from enum import Enum
        @dataclass
        class Box:
            x: int = 0
        class Kind(Enum):
            A = 1
        copy = pickle.loads(pickle.dumps((Box(3), Kind.A)))
        """,
    )

    module: Any = load(path / "parser.py")

    assert module.copy[0].x == 3
    assert isinstance(module, ModuleType)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("import nonesuch", "ModuleNotFoundError: No module named 'nonesuch'"),
        ("x = 1 / 0", "ZeroDivisionError: division by zero"),
        ("import sys\nsys.exit(3)", "SystemExit: 3"),
        ("def f(:\n  pass", "SyntaxError"),
        ("class E(Exception):\n    def __str__(self): raise ValueError\nraise E", "its text cannot be had"),
        ("def f(): f()\nf()", "RecursionError"),
        ("x = '\\ud800'\nraise ValueError(x)", "ValueError"),
    ],
)
def test_whatever_happens_while_loading_is_a_failure_that_names_it(tmp_path: Path, source: str, message: str) -> None:
    before = set(sys.modules)

    failure = failure_of(write(tmp_path, parser=source) / "parser.py")

    assert failure.kind is FailureKind.LOADING
    assert message in failure.breaches[0].message
    assert not [name for name in set(sys.modules) - before if name.startswith("azda_parser_")]


def test_source_that_is_no_text_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "parser.py").write_bytes(b"x = '\xff\xfe'\n\x00")

    assert failure_of(tmp_path / "parser.py").kind is FailureKind.LOADING


@pytest.mark.parametrize("name", ["absent.py", "."])
def test_a_file_that_is_none_is_a_failure(tmp_path: Path, name: str) -> None:
    assert "The parser file" in failure_of(tmp_path / name).breaches[0].message


def test_the_traceback_shows_the_users_lines_and_none_of_ours(tmp_path: Path) -> None:
    path = write(tmp_path, parser="import broken\n", broken="def fall():\n    raise ValueError('ouch')\nfall()\n")

    trace = failure_of(path / "parser.py").trace

    assert [line.strip() for line in trace.splitlines() if line.strip().startswith("File ")] == [
        f'File "{tmp_path}/parser.py", line 1, in <module>',
        f'File "{tmp_path}/broken.py", line 3, in <module>',
        f'File "{tmp_path}/broken.py", line 2, in fall',
    ]
    assert trace.endswith("ValueError: ouch\n")
    assert "azda_runtime" not in trace
    assert "frozen" not in trace


def test_an_interruption_by_the_user_is_not_taken_for_the_parsers_failure(tmp_path: Path) -> None:
    path = write(tmp_path, parser="raise KeyboardInterrupt") / "parser.py"

    with pytest.raises(KeyboardInterrupt):
        load(path)


def test_loading_a_parser_that_needs_no_numpy_imports_none(tmp_path: Path) -> None:
    path = write(tmp_path, parser="name = 'x'") / "parser.py"
    code = (
        "import sys; from pathlib import Path; from azda_runtime.parsers.loader import load; "
        f"from azda_runtime.parsers.contract import breaches; breaches(load(Path({str(path)!r}))); "
        "sys.exit('numpy' in sys.modules)"
    )
    docker_build = Path(__file__).parents[2] / "docker-build"

    assert subprocess.run([sys.executable, "-c", code], cwd=docker_build, check=False).returncode == 0
