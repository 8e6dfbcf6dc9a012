"""Key files are read as GLib reads them: held against the library itself, file by file and value by value."""

import ctypes.util
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dsconfig import glib_values, keyfile
from dsconfig.document import ConfigError

FILES = 20_000
READERS: dict[str, Callable[[str], Any]] = {
    "integer": glib_values.integer,
    "double": glib_values.number,
    "boolean": glib_values.boolean,
    "string": glib_values.string,
    "value": str,
    "string_list": glib_values.strings,
    "integer_list": glib_values.integers,
    "double_list": glib_values.numbers,
}
# Written by hand: each line is something that people's files hold, or a corner of GLib's.
VALUES = (
    *("1", "0", "-3", "+3", "1 # comment", "1#", "0x10", "", "99999999999", "2147483647", "-2147483648", "2147483648"),
    *("1.5", " 7", "2;", "1x", "1 2", "\t4\t", "0.5", "0.5 ", ".5", "5.", ".", "1e-3", "1e", "nan", "nan0", "NaN"),
    *("inf", "-inf", "+Infinity", "infinit", "nan(1)", "1_0", "-0.25", "0x1p3", "0x.8", "1e999", "-1e999", "1e-999"),
    *("1;2;3", "1;2;3;", "1; 2;3", "1 ;2", "1;;3", ";", ";;", "0.1;0.2", "1.5;", "1;x", "1\\;2;3", "true", "false"),
    *("TRUE", "true ", "true\t", "true # on", "yes", "on", "a b", "a\\sb", "a\\qb", "a\\", "\\\\", "a;b\\;c;", "a;;b"),
    *("größe", "tail  ", "\x0b1", "1\x0b", "1\x0c", "\xff", "3;544;960", "3;544;960 # c;h;w", "٣", "1\x002"),
)
LINES = (
    *(
        "[a]",
        "[property]",
        "[a] ",
        "[a]\t",
        "[a]x",
        "[a] # c",
        "[a",
        "a]",
        "[]",
        "[ ]",
        "[a[b]",
        "[a]b]",
        " [b]",
        "[b\x01]",
    ),
    *(
        "[größe]",
        "k",
        "=1",
        " = 1",
        "k = 1",
        "k k=1",
        " k=1",
        "k =1",
        "# c",
        "  # c",
        "; c",
        "//c",
        "",
        " ",
        "\t",
        "\x0c",
    ),
    *(
        "\x0bk=1",
        "k=1=2",
        "k==",
        "k[de]=1",
        "k[]=1",
        "k[=1",
        "k]=1",
        "k[C]=1",
        "k[d e]=1",
        "k[de]x=1",
        "[de]=1",
        "k[a]b]=1",
    ),
    *(
        "Encoding=UTF-8",
        "Encoding=utf-8",
        "Encoding=latin1",
        "Encoding = UTF-8 ",
        "\ufeff[a]",
        "\ufeff# c",
        "\ufeffk=1",
    ),
    *(
        "k\x00=1",
        "[a]\x00",
        "[a]\x00]",
        "\x00",
        "k=\x00",
        "-=1",
        "k\u00a0=1",
        "\u00a0k=1",
        "k#=1",
        "k\t=1",
        "k.a-b_c=1",
    ),
)


def generated(count: int) -> list[bytes]:
    """Files of the lines above, in any order, with their values, line ends and damage."""
    chance = random.Random(20261130)  # the same files every time
    return [one(chance) for _ in range(count)]


def one(chance: random.Random) -> bytes:
    lines = [] if chance.random() < 0.1 else ["[property]"]
    for _ in range(chance.randint(1, 6)):
        kind = chance.random()
        key = chance.choice(("a", "b", "net-scale-factor", "k", "Encoding", "größe"))
        before, behind = (chance.choice(("", "", "", " ", "\t", "\x0b")) for _ in range(2))
        if kind < 0.75:
            lines.append(f"{key}{before}={behind}{value(chance)}")
        elif kind < 0.9:
            lines.append(chance.choice(LINES[:2]))
        else:
            lines.append(chance.choice(LINES))
    end = chance.choice(("\n", "\n", "\n", "\r\n", "\n\n", "\r"))
    data = (end.join(lines) + chance.choice(("", end))).encode("utf-8")
    if chance.random() < 0.05:
        location = chance.randrange(len(data) + 1)
        data = data[:location] + bytes([chance.choice(b"\x00\xff\xc3\r\n\\;=[]# ")]) + data[location:]
    return data


def value(chance: random.Random) -> str:
    text = chance.choice(VALUES)
    if chance.random() < 0.2:
        text += chance.choice((" ", ";", "#", "\t", "0", ".", "e", "\\", "\x0b")) + chance.choice(VALUES)
    return text


def ours(data: bytes) -> Any:
    try:
        groups = keyfile.parse(data).texts()
    except ConfigError:
        return "refused"
    return {group: {key: values(text) for key, text in keys.items()} for group, keys in groups.items()}


def values(text: str) -> dict[str, Any]:
    return {name: attempt(name, reader, text) for name, reader in READERS.items()}


def attempt(name: str, reader: Callable[[str], Any], text: str) -> Any:
    try:
        read = reader(text)
    except ValueError:
        return "refused"
    if name == "double":
        return repr(read)
    if name == "double_list":
        return [repr(item) for item in read]
    return list(read) if isinstance(read, tuple) else read


def real_glib(files: list[bytes]) -> list[Any]:
    answer = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("real_glib.py"))],
        input=json.dumps([file.decode("latin-1") for file in files]),
        env={**os.environ, "LC_ALL": "C", "LANGUAGE": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(answer.stdout)
    assert isinstance(found, list)
    return found


@pytest.mark.skipif(ctypes.util.find_library("glib-2.0") is None, reason="GLib's library is not installed")
@pytest.mark.slow
def test_every_file_and_value_reads_as_glib_itself_reads_it() -> None:
    written = [f"[a]\nk={value}\n".encode() for value in VALUES]
    written += [f"[a]\nb=1\n{line}\nc=2\n".encode() for line in LINES]
    written += [f"{line}\n[a]\nk=1".encode() for line in LINES]
    files = [*written, *generated(FILES)]
    wanted = real_glib(files)
    read = sum(answer != "refused" for answer in wanted)
    assert FILES // 4 < read < FILES * 0.95, "the files must be of both kinds"
    differing = [(f, our, theirs) for f, theirs in zip(files, wanted, strict=True) if (our := ours(f)) != theirs]
    assert not differing, f"{len(differing)} files differ, as {differing[0]}"
