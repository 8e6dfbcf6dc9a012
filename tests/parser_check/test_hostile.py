"""Files that somebody made to hurt: each ends in findings or one sentence, in seconds, never in a traceback."""

import os
import struct
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from azdacli.cli.app import app
from tests.parser_check import making

PARSER = """model_type = 0
name = "p"
labels = ["a"]


def parse_det_model(config, raw_outputs):
    return [], [], [], []
"""
CONFIG = "[property]\nonnx-file=model.onnx\ngie-unique-id=1\nnetwork-type=100\noutput-tensor-meta=1\n"


def check(folder: Path, *, seconds: float = 20) -> str:
    before = time.process_time()
    result = CliRunner().invoke(app, ["validate-parser", str(folder / "p.py"), "--config", str(folder / "config.txt")])
    assert time.process_time() - before < seconds
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code != 1
    return result.output


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "p.py").write_text(PARSER)
    (tmp_path / "config.txt").write_text(CONFIG)
    return tmp_path


@pytest.mark.parametrize(
    "codec",
    ["punycode", "undefined", "idna", "unicode_escape", "raw-unicode-escape", "utf-7", "utf-16", "hex", "a" * 3000],
)
def test_a_coding_that_is_none(folder: Path, codec: str) -> None:
    (folder / "p.py").write_text(f"# coding: {codec}\n{PARSER}")
    assert "not-text" in check(folder)


@pytest.mark.parametrize("length", [300, 6000])
@pytest.mark.parametrize(
    "key", ["onnx-file", "labelfile-path", "model-engine-file", "int8-calib-file", "custom-lib-path", "mean-file"]
)
def test_a_path_that_no_system_takes(folder: Path, key: str, length: int) -> None:
    path = ("a" * 300) if length == 300 else "a/" * 3000
    (folder / "config.txt").write_text(f"{CONFIG}{key}={path}\n")
    assert len(check(folder)) < 5000


def test_weights_in_a_file_whose_name_is_too_long(folder: Path) -> None:
    def field(number: int, data: bytes) -> bytes:
        size, rest = [], len(data)
        while rest > 127:
            size.append(rest & 127 | 128)
            rest >>= 7
        return bytes([number << 3 | 2, *size, rest]) + data

    location = field(13, field(1, b"location") + field(2, b"w" * 400))
    graph = field(5, b"\x70\x01" + field(8, b"w") + location) + field(12, field(1, b"out"))
    (folder / "model.onnx").write_bytes(field(7, graph))
    assert "weights-missing" in check(folder)


@pytest.mark.parametrize("length", [120, 400, pytest.param(3000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("line", ["import m{}", "from m{} import labels", "from m{} import *"])
def test_a_chain_of_imports(folder: Path, length: int, line: str) -> None:
    for number in range(length):
        (folder / f"m{number}.py").write_text(line.format(number + 1) + "\n")
    (folder / f"m{length}.py").write_text("labels = ['a']\n")
    (folder / "p.py").write_text(line.format(0) + "\n" + PARSER)
    assert "the imports lead deeper" in check(folder)


def test_imports_in_all_directions(folder: Path) -> None:
    names = [f"m{number}" for number in range(80)]
    for name in names:
        (folder / f"{name}.py").write_text("".join(f"import {other}\n" for other in names if other != name))
    (folder / "p.py").write_text("import m0\n" + PARSER)
    check(folder)


def test_siblings_that_are_broken_in_all_directions(folder: Path) -> None:
    names = [f"m{number}" for number in range(60)]
    for name in names:
        deep = "x = " + "(" * 150 + ")" * 150 + "\n"
        (folder / f"{name}.py").write_text("".join(f"import {other}\n" for other in names) + deep)
    (folder / "p.py").write_text("import m0\n" + PARSER)
    check(folder)


@pytest.mark.parametrize("name", ["p.py", "config.txt", "labels.txt", "model.onnx", "other.py", "lib.so"])
@pytest.mark.parametrize("kind", ["fifo", "device"])
def test_what_is_no_file(folder: Path, name: str, kind: str) -> None:
    (folder / "config.txt").write_text(f"{CONFIG}labelfile-path=labels.txt\ncustom-lib-path=lib.so\n")
    (folder / "p.py").write_text("import other\n" + PARSER)
    (folder / name).unlink(missing_ok=True)
    if kind == "fifo":
        os.mkfifo(folder / name)
    else:
        (folder / name).symlink_to("/dev/zero")
    check(folder)


@pytest.mark.parametrize("line", ["\n", " ", ";", "\r\n ", "\t\n", "x\n", "\u2028"])
def test_a_label_file_of_nothing(folder: Path, line: str) -> None:
    (folder / "config.txt").write_text(f"{CONFIG}labelfile-path=labels.txt\n")
    (folder / "labels.txt").write_text((line * 1_000_000)[:1_000_000], encoding="utf-8")
    check(folder)


@pytest.mark.parametrize(
    "text",
    [
        PARSER + "x = " + "(" * 3000 + ")" * 3000,
        PARSER + "x = " + "+".join(["1"] * 20_000),
        PARSER + "x = " + "-" * 20_000 + "1",
        PARSER + "x = a" + ".b" * 20_000,
        PARSER + "if x:\n pass\n" + "elif x:\n pass\n" * 3000,
        PARSER + "x = " + "9" * 10_000,
        PARSER.replace('["a"]', '["a"] * 10**10'),
        PARSER.replace("= 0", "= 9**9**9"),
        PARSER.replace('"p"', '"%1000000000d" % 1'),
        PARSER.replace('"p"', 'f"{1:1000000000d}"'),
        PARSER.replace('["a"]', "list(range(10**10))"),
        "a = ['x']\n" + "a = a + a\n" * 60 + PARSER.replace('["a"]', "a"),
        PARSER.replace('"p"', r'"\ud800"'),
        PARSER + "\0",
    ],
)
def test_a_parser_that_never_ends(folder: Path, text: str) -> None:
    (folder / "p.py").write_text(text)
    check(folder)


@pytest.mark.parametrize(
    "line",
    [
        *("num-detected-classes=" + "9" * 10_000, "net-scale-factor=1e999999", "infer-dims=nan;inf;-1"),
        *("infer-dims=" + ";" * 500_000, "a" * 3_000_000, "labelfile-path=a\0b", "labelfile-path=\ud800"),
    ],
)
def test_a_configuration_that_never_ends(folder: Path, line: str) -> None:
    (folder / "config.txt").write_bytes(f"{CONFIG}{line}\n".encode(errors="surrogatepass"))
    check(folder)


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"\xff" * 1000, b"\x3a\xff\xff\xff\xff\xff\xff\xff\xff\x7f", b"\x3a\x80\x80\x04" * 20_000),
        b"\x3a\xc0\x84\x3d" + b"\x0a\x00" * 500_000,
    ],
)
def test_a_model_that_lies(folder: Path, data: bytes) -> None:
    (folder / "model.onnx").write_bytes(data)
    check(folder)


@pytest.mark.parametrize("table", ["gnu", "sysv", "strings"])
def test_a_library_whose_tables_never_end(folder: Path, table: str) -> None:
    body = bytearray(making.shared_library("x86-64", ["NvDsInferParseX"]))
    hashes, size = len(body), 1 << 31
    dynamic = struct.unpack_from("<Q", body, 64 + 56 + 8)[0]
    if table == "gnu":  # one bucket, whose chain has no last entry
        struct.pack_into("<QQ", body, dynamic, 0x6FFFFEF5, hashes)
        body += struct.pack("<IIIIQI", 1, 1, 1, 0, 0, 1)
    elif table == "sysv":  # four thousand million symbols
        struct.pack_into("<QQ", body, dynamic, 4, hashes)
        body += struct.pack("<II", 1, 0xFFFFFFFF)
    else:  # and all of them with one name that never ends
        struct.pack_into("<QQQQ", body, dynamic, 4, hashes, 5, hashes + 8)
        body += struct.pack("<II", 1, 0xFFFFFFFF) + b"n" * (1 << 20)
    struct.pack_into("<QQ", body, 64 + 32, size, size)  # the segment holds all of the file
    (folder / "lib.so").write_bytes(body)
    os.truncate(folder / "lib.so", size)
    (folder / "config.txt").write_text(
        f"{CONFIG}custom-lib-path=lib.so\nparse-bbox-func-name=NvDsInferParseX\n", encoding="utf-8"
    )
    check(folder)


@pytest.mark.slow
def test_twenty_thousand_classes_with_settings_of_their_own(folder: Path) -> None:
    groups = "".join(f"[class-attrs-{number}]\npre-cluster-threshold=0.1\ntopk=20\n" for number in range(20_000))
    text = CONFIG.replace("network-type=100", "network-type=0\nnum-detected-classes=20000")
    (folder / "config.txt").write_text(text + groups)
    check(folder, seconds=15)  # with a search through all settings for each of them: three minutes


@pytest.mark.parametrize("line", ["\n", "\r\n ", " \n", "a\n", "\t"])
def test_a_folder_with_a_text_of_nothing(folder: Path, line: str) -> None:
    """Each text of a folder is looked at: it may be a configuration."""
    (folder / "labels.txt").write_text((line * 1_000_000)[:1_000_000], encoding="utf-8")
    before = time.process_time()
    result = CliRunner().invoke(app, ["validate-parser", str(folder)])
    assert time.process_time() - before < 20
    assert isinstance(result.exception, SystemExit)


NO_NAME = "a" * 300


@pytest.mark.parametrize(
    "words",
    [
        ["simulate", NO_NAME, "--source", "x.mp4"],
        ["simulate", "FOLDER", "--source", NO_NAME],
        ["simulate", "FOLDER", "--source", "x.mp4", "--tracker", NO_NAME],
        ["create", "--device-type", "CPU", "--no-build-image", "--build-dir", NO_NAME],
        ["create", "--device-type", "CPU", "--no-build-image", "--add", f"{NO_NAME} /x"],
        ["create", "--device-type", "CPU", "--no-build-image", "--add", "/dev/zero /x"],
        ["build", NO_NAME],
        ["validate-parser", NO_NAME],
        ["deploy", NO_NAME, "--device", "d", "--hub", "h", "--dry-run"],
        ["gen-manifest", "--template", NO_NAME, "--env-file", NO_NAME],
    ],
    ids=lambda words: f"{words[0]} {words[-2][:12]}",
)
def test_a_name_that_no_system_takes_is_one_sentence(folder: Path, words: list[str]) -> None:
    result = CliRunner().invoke(app, [str(folder) if word == "FOLDER" else word for word in words])
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code not in {0, 1}
    assert "error" in result.output.lower()
