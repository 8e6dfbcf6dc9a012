"""What one of checker, runtime and simulator accepts, the others accept: they read through one package."""

import random
from pathlib import Path

import pytest
from azda_runtime.configuration import read_configuration
from azda_runtime.problems import InvalidValueError
from simulator.errors import ConfigurationError
from simulator.inference.nvinfer_file import read_nvinfer_file

from azdacli.parser_check.config import read as checker
from azdacli.parser_check.config.check import faults
from azdacli.parser_check.config.settings import Config
from azdacli.parser_check.rules import Severity
from dsconfig.keys import CLASS_ATTRIBUTES, PROPERTY, Key

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
COMPAT = ROOT.parent / "shared" / "compat" / "nvinfer-configs"
COUNT = 1500
# What needs a GPU is refused by the simulator alone, and said to be so.
LEFT_OUT = (
    *("parse-", "engine-create", "dump-", "overwrite-", "raw-output", "disable-output", "stabilize", "custom-network"),
    *("tlt-", "model-", "uff-file", "proto-file", "network-type", "onnx-file"),
)
GOOD = {
    "int": ("1", "2", "1 # comment", "0", "1\t; c"),
    "bool": ("0", "1", "true", "false ", "1 "),
    "float": ("0.5", "1", "1e-3", "nan"),
    "path": ("a.txt", "a b.txt", "a.txt "),
    "str": ("a", "a;b", "", "a\\sb"),
    "ints": ("1;2;3", "0", "3;8;8;", "3; 8 ;8"),
    "floats": ("0;0;0", "1.5;2;3", "0;1;0;1"),
    "strs": ("a;b", "a"),
    "paths": ("a;b",),
}
BAD = (
    "x",
    "-1",
    "1.5x",
    "yes",
    "0x",
    "99999999999",
    "1;x",
    "\\q",
    "1e",
    "[1, 2]",
    "true",
    "~",
    "1 2",
    ";",
    "0;0;0 # c",
)
STRUCTURE = ("[other]", "no value", "; c", "=1", "[class-attrs-7]", "[class-attrs-x]", "# c", "", "[property", "k=1")


def value(chance: random.Random, key: Key) -> str:
    return chance.choice(GOOD[key.type] if chance.random() < 0.9 else BAD)


def lines(chance: random.Random, table: dict[str, Key], form: str) -> list[str]:
    names = [name for name in table if not name.startswith(LEFT_OUT)]
    chosen = chance.sample(names, chance.randint(0, 5))
    return [form.format(name, value(chance, table[name])) for name in chosen]


def key_file(chance: random.Random) -> str:
    text = ["[property]", "onnx-file=m.onnx", f"network-type={chance.choice((0, 1, 2, 100))}", "num-detected-classes=2"]
    text += lines(chance, dict(PROPERTY), "{}={}")
    text += ["[class-attrs-all]", *lines(chance, dict(CLASS_ATTRIBUTES), "{}={}")] if chance.random() < 0.5 else []
    if chance.random() < 0.15:
        text.insert(chance.randint(2, len(text)), chance.choice(STRUCTURE))
    return "\n".join(text) + "\n"


def yaml_file(chance: random.Random) -> str:
    text = ["property:", "  onnx-file: m.onnx", f"  network-type: {chance.choice((0, 1, 2, 100))}"]
    text += ["  num-detected-classes: 2", *lines(chance, dict(PROPERTY), "  {}: {}")]
    indent = "  " if chance.random() < 0.8 else ""
    more = lines(chance, dict(CLASS_ATTRIBUTES), f"{indent}{{}}: {{}}")
    return "\n".join([*text, "class-attrs-all:", *more]) + "\n"


def answers(path: Path) -> dict[str, str]:
    """What each of the three says: empty for "read", else why it refuses."""
    found: dict[str, str] = {}
    config = checker.read(path)
    assert isinstance(config, Config)
    errors = [f.message for f in faults(config) if f.severity is Severity.ERROR and fatal(config, f.message)]
    found["checker"] = errors[0] if errors else ""
    try:
        read_configuration(path)
        found["runtime"] = ""
    except InvalidValueError as error:
        found["runtime"] = str(error)
    try:
        read_nvinfer_file(path)
        found["simulator"] = ""
    except ConfigurationError as error:
        found["simulator"] = str(error)
    return found


def fatal(config: Config, message: str) -> bool:
    """A misspelt key is an error for the checker alone: nvinfer goes on without it."""
    return any(fault.fatal and fault.message == message for fault in config.faults)


@pytest.mark.parametrize(("make", "name"), [(key_file, "c.txt"), (yaml_file, "c.yml")], ids=["key file", "YAML"])
def test_the_three_agree_about_generated_files(tmp_path: Path, make: object, name: str) -> None:
    assert callable(make)
    chance = random.Random(20261130)
    refused = 0
    for _ in range(COUNT):
        path = tmp_path / name
        path.write_text(make(chance), encoding="utf-8")
        said = answers(path)
        assert len({bool(why) for why in said.values()}) == 1, f"{path.read_text()}\n{said}"
        assert not said["checker"] or (said["checker"] in said["runtime"] and said["checker"] in said["simulator"])
        refused += bool(said["checker"])
    assert COUNT / 10 < refused < COUNT * 0.9, f"the files must be of both kinds, and {refused} were refused"


@pytest.mark.skipif(not COMPAT.is_dir(), reason="the folder of real-life configurations is not beside this checkout")
@pytest.mark.parametrize("name", ["bodypose2d_pgie_config.txt", "pgie_config.txt", "sgie1_config.txt"])
def test_real_life_files_are_read_by_all(name: str) -> None:
    said = answers_of_readers(COMPAT / name)
    assert said == {"checker": "", "runtime": ""}


def answers_of_readers(path: Path) -> dict[str, str]:
    config = checker.read(path)
    assert isinstance(config, Config)
    read_configuration(path)
    return {"checker": "".join(fault.message for fault in config.faults if fault.fatal), "runtime": ""}
