"""YAML is read as nvinfer reads it: nodes as PyYAML has them, values as yaml-cpp and the C++ library have them."""

import math
import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dsconfig import yaml_file, yaml_values
from dsconfig.document import ConfigError, FaultKind

HERE = Path(__file__).parent
READERS: dict[str, Callable[[str], float]] = {
    "as<int>": yaml_values.as_int,
    "as<unsigned>": yaml_values.as_unsigned,
    "as<double>": yaml_values.as_double,
    "stoi": yaml_values.stoi,
    "stoul": yaml_values.stoul,
    "stod": yaml_values.stod,
}
PIECES = (
    *(
        "1",
        "0",
        "7",
        "10",
        "08",
        "017",
        "0x1F",
        "0X1f",
        "-1",
        "+1",
        "--1",
        "-",
        "+",
        "2147483647",
        "2147483648",
        "4294967295",
    ),
    *(
        "4294967296",
        "-2147483648",
        "-2147483649",
        "18446744073709551615",
        "18446744073709551616",
        "0.5",
        ".5",
        "5.",
        "1e3",
    ),
    *(
        "1e",
        "1e+",
        "1.5e-3",
        "1e400",
        "1e-400",
        "nan",
        "inf",
        "-inf",
        "infinity",
        "0x1p3",
        "0x",
        ".",
        "true",
        "yes",
        "x",
        "",
    ),
    *(" ", "\t", "\n", "#", ";", "_", "e", "f", "\x0b"),
)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("g++")
    if compiler is None:
        pytest.skip("no C++ compiler is installed")
    program = tmp_path_factory.mktemp("cpp") / "values"
    subprocess.run([compiler, "-O0", "-o", str(program), str(HERE / "cpp_values.cpp")], check=True)
    return program


def ours(reader: Callable[[str], float], text: str) -> float | None:
    try:
        return reader(text)
    except ValueError:
        return None


def same(our: float | None, their: str) -> bool:
    if our is None or their == "refused":
        return our is None and their == "refused"
    return our == float(their) or (math.isnan(our) and math.isnan(float(their)))


def test_values_read_as_the_cpp_library_reads_them(compiled: Path) -> None:
    chance = random.Random(20261130)
    texts = [*PIECES, *("".join(chance.choices(PIECES, k=chance.randint(1, 3))) for _ in range(20_000))]
    lines = "".join(f"{text.encode().hex()}\n" for text in texts)
    answer = subprocess.run([str(compiled)], input=lines, capture_output=True, text=True, check=True)
    for text, line in zip(texts, answer.stdout.splitlines(), strict=True):
        for (name, reader), their in zip(READERS.items(), line.split("\t"), strict=False):
            if name == "as<double>" and text.lstrip("+-").lower() in (".inf", ".nan"):
                continue  # yaml-cpp's own, which the program does not know
            our = ours(reader, text)
            assert same(our, their), f"{name} of {text!r}: ours {our}, theirs {their}"


@pytest.mark.parametrize(("text", "value"), [(".inf", math.inf), ("-.Inf", -math.inf), ("+.INF", math.inf)])
def test_yamls_own_infinities_are_doubles(text: str, value: float) -> None:
    assert yaml_values.as_double(text) == value


KEYS = st.sampled_from(["batch-size", "onnx-file", "infer-dims", "k", "'k k'"])
SCALARS = st.sampled_from(
    [
        "1",
        "0.5",
        "true",
        "3;544;960",
        "'it''s'",
        '"a\\tb"',
        "a b # c",
        "é",
        "x: y",
        "[1, 2]",
        "{a: 1}",
        "",
        "~",
        "|\n    a\n",
        "*a",
        "&a 1",
    ]
)
GROUPS = st.lists(st.tuples(KEYS, SCALARS), max_size=4).map(lambda rows: "".join(f"  {k}: {v}\n" for k, v in rows))
DOCUMENTS = st.lists(st.tuples(st.sampled_from(["property", "class-attrs-all", "other"]), GROUPS), max_size=3).map(
    lambda rows: "".join(f"{name}:\n{body}" for name, body in dict(rows).items())
)


@given(DOCUMENTS)
def test_groups_and_texts_are_those_of_pyyaml(text: str) -> None:
    document = yaml_file.parse(text.encode())
    try:
        wanted = yaml.load(text, Loader=yaml.BaseLoader) or {}  # it only makes texts, lists and maps
    except yaml.YAMLError:
        assert any(fault.kind is FaultKind.UNREADABLE and fault.fatal for fault in document.faults)
        return
    read = {name: {e.key: e.value for e in document.of(name) if e.is_text} for name in document.groups}
    for name, keys in wanted.items():
        texts = {k: v for k, v in (keys or {}).items() if isinstance(v, str)}
        for key, value in texts.items():
            assert read[name].get(key, "") == value or value in ("", "~")


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("%YAML:1.0\nproperty:\n  a: 1\n", {"property": {"a": "1"}}),
        ("# c\n%YAML 1.2\n%FOO\nproperty:\n  a: 1\n", {"property": {"a": "1"}}),
        ("\ufeffproperty:\n  a: 1\n", {"property": {"a": "1"}}),
        ("property:\n  a: 1\n---\nproperty:\n  a: 2\n", {"property": {"a": "1"}}),
        ("property:\n  a: 1\n  a: 2\n", {"property": {"a": "2"}}),
        ("", {}),
        ("# nothing\n", {}),
    ],
)
def test_what_yaml_cpp_takes_is_taken(text: str, groups: dict[str, dict[str, str]]) -> None:
    assert yaml_file.parse(text.encode()).texts() == groups


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("property:\n  a: 1\n b: 2\n", 3, "not YAML"),
        ("- a\n", 1, "map of groups"),
        ("property:\n  - a\n", 1, "a list, not a map"),
        ("? [a]\n: b\n", 1, "a text"),
        ("property:\n  ? [a]\n  : b\n", 2, "a text"),
        ("a: [" * 2000, None, "not YAML"),
    ],
)
def test_what_it_refuses_is_refused_with_its_line(text: str, line: int | None, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as refused:
        yaml_file.parse(text.encode()).texts()
    assert line is None or refused.value.line == line


def test_of_two_groups_of_a_name_the_first_counts() -> None:
    document = yaml_file.parse(b"property:\n  a: 1\nproperty:\n  a: 2\n")
    assert document.texts() == {"property": {"a": "1"}}
    assert [(fault.line, fault.fatal) for fault in document.faults] == [(3, False)]


@given(st.binary(max_size=200) | st.text("property:-[]{}&*!|>'\"%@` \n#", max_size=80).map(str.encode))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    assert all(fault.message and fault.line >= 1 for fault in yaml_file.parse(data).faults)
