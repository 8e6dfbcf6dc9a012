"""NVIDIA's files are read by GLib's rules."""

import contextlib
import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulator.errors import ConfigurationError
from simulator.keyfile import (
    Groups,
    boolean,
    integer,
    integers,
    number,
    numbers,
    parse_key_file,
    parse_yaml,
    read_groups,
    string,
    strings,
)

READERS = {
    "integer": integer,
    "double": number,
    "boolean": boolean,
    "string": string,
    "integer_list": integers,
    "double_list": numbers,
    "string_list": strings,
}
VALUES = [
    *("1", "0", "-3", "+3", "1 # comment", "0x10", "", "99999999999", "1.5", " 7", "2;", "1x", "1 2"),
    *(
        "0.5",
        "0.5 ",
        ".5",
        "5.",
        "1e-3",
        "nan0",
        "1_0",
        "-0.25",
        "1;2;3",
        "1;2;3;",
        "1; 2;3",
        "1;;3",
        "0.1;0.2",
        "1.5;",
    ),
    *("true", "false", "TRUE", "true ", "yes", "a b", "a\\sb", "a\\qb", "a;b\\;c;", "a;;b", ";", "größe", "tail  "),
]
FILES = [
    "[a]\nk=1\n",
    "k=1\n",
    "[a]\nfoo\n",
    "[a\nk=1",
    "[a]\n=1\n",
    "[a]\n;c\nk=1",
    "[a] \nk=1",
    "[a]#c\nk=1",
    "[a]\n\tk=1\n # c\n",
    "[a]\nk=1=2\n",
    "\n[a]\r\nk=1\r\n",
    "[a]\nk=1\n[b]\nk=2\n[a]\nk=3\n",
    "[a]\nk = v \n",
    "# c\n\n[a]\n",
]
REAL_GLIB = """
import json, sys
from gi.repository import GLib
def load(text):
    file = GLib.KeyFile()
    file.load_from_bytes(GLib.Bytes.new(text.encode()), GLib.KeyFileFlags.NONE)
    return file
def attempt(action):
    try:
        return action()
    except GLib.Error:
        return "refused"
kinds, values, files = json.load(sys.stdin)
def groups(text):
    file = load(text)
    return {g: {k: file.get_value(g, k) for k in file.get_keys(g)[0]} for g in file.get_groups()[0]}
print(json.dumps([
    {k: [attempt(lambda: getattr(load("[g]\\nk=" + v + "\\n"), "get_" + k)("g", "k")) for v in values] for k in kinds},
    [attempt(lambda: groups(text)) for text in files],
]))
"""


def ours(kind: str, text: str) -> object:
    try:
        value = READERS[kind](parse_key_file(f"[g]\nk={text}\n", "f")["g"]["k"])
    except ValueError:
        return "refused"
    return list(value) if isinstance(value, tuple) else value


def our_groups(text: str) -> object:
    try:
        return parse_key_file(text, "f")
    except ConfigurationError:
        return "refused"


@pytest.mark.gstreamer
def test_every_value_and_file_reads_as_glib_itself_reads_it() -> None:
    wanted = subprocess.run(
        ["/usr/bin/python3", "-c", REAL_GLIB],
        input=json.dumps([list(READERS), VALUES, FILES]),
        capture_output=True,
        text=True,
        check=True,
    )
    values, files = json.loads(wanted.stdout)
    assert {kind: [ours(kind, text) for text in VALUES] for kind in READERS} == values
    assert [our_groups(text) for text in FILES] == files


def test_the_last_value_of_a_key_counts_and_a_hash_inside_a_line_is_no_comment() -> None:
    assert parse_key_file("[property]\na=1\na=2\nb=x # y\n", "f") == {"property": {"a": "2", "b": "x # y"}}


def test_yaml_keeps_text_so_that_both_formats_share_their_rules() -> None:
    groups = parse_yaml("%YAML:1.0\nproperty:\n  a: 0.50\n  b: true\n  c: [1, 2]\n  d: 3;4\n", "f")
    assert groups == {"property": {"a": "0.50", "b": "true", "c": "1;2", "d": "3;4"}}


@pytest.mark.parametrize("text", ["- a\n", "a: 1\n", "a:\n  b:\n    c: 1\n", "a: [", "a: b: c", "%YAML:1.0\n\t- x"])
def test_yaml_that_holds_no_groups_of_keys_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError):
        parse_yaml(text, "f")


@given(st.text())
def test_any_text_is_read_or_refused_in_both_formats(text: str) -> None:
    for parse in (parse_key_file, parse_yaml):
        groups: Groups = {}
        with contextlib.suppress(ConfigurationError):
            groups = parse(text, "f")
        for value in [value for keys in groups.values() for value in keys.values()]:
            for reader in READERS.values():
                with contextlib.suppress(ValueError):
                    reader(value)


def test_a_file_that_is_away_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"away\.txt"):
        read_groups(tmp_path / "away.txt")
