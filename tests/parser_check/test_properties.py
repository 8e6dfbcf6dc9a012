"""Whatever a file holds, the checker answers: it neither crashes nor hangs."""

import ast
import copy
import io
import random
import shutil
import signal
import tokenize
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from azdacli.parser_check import check
from azdacli.parser_check.config import check as config_check
from azdacli.parser_check.config import read
from azdacli.parser_check.config.settings import Config
from tests.parser_check import making

CORPUS = Path(__file__).parent / "corpus"
PYTHON = [p.read_bytes() for p in sorted([*CORPUS.rglob("*.py")])]
TEXTS = [p.read_bytes() for p in sorted([*CORPUS.rglob("pgie.*"), *CORPUS.rglob("sgie.txt")])]
VALUED = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Return)
SECONDS = 30  # a file of a few hundred lines that takes this long hangs

many = settings(max_examples=12 * settings().max_examples, deadline=None, suppress_health_check=list(HealthCheck))


@contextmanager
def no_longer_than(seconds: int) -> Iterator[None]:
    def alarm(*_: object) -> None:
        raise TimeoutError("the checker hangs")

    before = signal.signal(signal.SIGALRM, alarm)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def mutated_bytes(data: bytes, chance: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(chance.randrange(1, 8)):
        location = chance.randrange(len(out) + 1)
        length = chance.choice([0, 1, 1, 2, 5, 40])
        some = chance.randrange(len(out) + 1)
        piece = chance.choice(
            [b"", bytes([chance.randrange(256)]), bytes(out[some : some + 30]), b"(" * 20, b"\xff\xfe", b"\n"]
        )
        out[location : location + length] = piece
    return bytes(out)


def mutated_tokens(data: bytes, chance: random.Random) -> bytes:
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(data.decode()).readline))
    except (tokenize.TokenError, SyntaxError, UnicodeDecodeError):
        return mutated_bytes(data, chance)
    words = [(t.type, t.string) for t in tokens]
    for _ in range(chance.randrange(1, 6)):
        a, b = chance.randrange(len(words)), chance.randrange(len(words))
        what = chance.randrange(4)
        if what == 0:
            words[a], words[b] = words[b], words[a]
        elif what == 1:
            words.insert(a, words[b])
        elif what == 2 and len(words) > 2:
            del words[a]
        else:
            words[a] = (
                tokenize.NAME,
                chance.choice(["labels", "raw_outputs", "return", "model_type", "lambda", "None", "yield"]),
            )
    try:
        text = tokenize.untokenize(words)
    except (ValueError, IndexError):
        return mutated_bytes(data, chance)
    return text.encode() if isinstance(text, str) else text


def mutated_tree(data: bytes, chance: random.Random) -> bytes:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(data)
    except (SyntaxError, ValueError):
        return mutated_bytes(data, chance)
    expressions = [n for n in ast.walk(tree) if isinstance(n, ast.expr)]
    statements = [n for n in ast.walk(tree) if isinstance(n, ast.stmt)]
    # Copies of small parts only: a tree that held itself would have no end.
    small = [n for n in (*expressions, *statements) if sum(1 for _ in ast.walk(n)) < 60]
    for _ in range(chance.randrange(1, 6)):
        holder, other = chance.choice([tree, *statements]), copy.deepcopy(chance.choice(small))
        body = getattr(holder, "body", None)
        if isinstance(body, list) and isinstance(other, ast.stmt):
            body[chance.randrange(len(body))] = other
        elif isinstance(holder, VALUED) and isinstance(holder.value, ast.expr) and isinstance(other, ast.expr):
            holder.value = other
    try:
        return ast.unparse(ast.fix_missing_locations(tree)).encode()
    except (RecursionError, ValueError, AttributeError, TypeError):
        return mutated_tokens(data, chance)  # the tree holds itself, or what has no text


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("mutated")
    (found / "model.onnx").write_bytes(making.onnx({"images": [1, 3, 480, 640]}, ["boxes", "scores", "classes"]))
    (found / "libyolo.so").write_bytes(making.shared_library("aarch64", ["NvDsInferParseCustomYolo"]))
    (found / "labels.txt").write_text("car\nbus\n")
    (found / "pose.py").write_text("def decode(layer):\n    return layer.tolist()\n")
    return found


@pytest.mark.slow
@pytest.mark.parametrize("mutate", [mutated_bytes, mutated_tokens, mutated_tree])
def test_a_mutated_parser_is_checked_to_its_end(folder: Path, mutate: Callable[[bytes, random.Random], bytes]) -> None:
    @many
    @given(seed=st.integers(0, 2**40))
    def checked(seed: int) -> None:
        chance = random.Random(seed)
        path = folder / "parser.py"
        path.write_bytes(mutate(chance.choice(PYTHON), chance))
        with no_longer_than(SECONDS):
            report = check([path])
        assert report.files

    checked()


@pytest.mark.slow
def test_a_mutated_configuration_is_checked_to_its_end(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    parser = tmp_path / "parser.py"
    parser.write_bytes((CORPUS / "together/fine_detector/parser.py").read_bytes())

    @many
    @given(seed=st.integers(0, 2**40))
    def checked(seed: int) -> None:
        chance = random.Random(seed)
        path = tmp_path / "pgie.txt"
        path.write_bytes(mutated_bytes(chance.choice(TEXTS), chance))
        with no_longer_than(SECONDS):
            assert check([parser], configs=[path]).files

    checked()


@given(
    text=st.text(alphabet="ab_1-+.:;,{}<>[]\"'\\# \n", max_size=200),
    start=st.sampled_from([("a.txt", "[property]\n"), ("a.yml", "property:\n"), ("a.txt", "infer_config {\n")]),
)
def test_any_text_is_read_as_each_form_of_configuration(
    tmp_path_factory: pytest.TempPathFactory, text: str, start: tuple[str, str]
) -> None:
    path = tmp_path_factory.getbasetemp() / start[0]
    path.write_text(start[1] + text, encoding="utf-8")
    config = read.read(path)
    assert isinstance(config, Config)
    for entry in config.entries:
        assert 1 <= entry.span.line <= len(config.source.lines)
    assert all(finding.message for finding in config_check.faults(config))


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "(" * 500 + ")" * 500,
        "x = " + "-" * 5000 + "1",
        "x = " + "[" * 90 + "]" * 90,
        "x = " + " + ".join(["1"] * 5000),
        "x = " + "f(" * 85 + ")" * 85,
        "x = a" + ".b()" * 900,
        "\n".join("    " * i + "if x:" for i in range(95)) + "\n" + "    " * 95 + "pass",
        "def f(): return f()\nparse_sgie_model = f\ngie_unique_id = f()",
        "x = ['a'] * 10**9\nlabels = 'ab' * 10**12\nmodel_type = 0",
        "from parser import *\nmodel_type = 0",
        "",
        "\ufeff",
        "# -*- coding: rot13 -*-\nzbqry_glcr = 0",
    ],
    ids=range(13),
)
def test_hostile_files_are_checked_to_their_end(tmp_path: Path, text: str) -> None:
    path = tmp_path / "parser.py"
    path.write_text(text, encoding="utf-8")
    with no_longer_than(SECONDS):
        assert check([path]).files == (path,)
