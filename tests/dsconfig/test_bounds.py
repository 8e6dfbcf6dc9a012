"""Where the readers draw their lines: what is still taken, and the first that is not."""

from pathlib import Path

import pytest

from dsconfig import keyfile, nvinfer, onnx_header
from dsconfig.document import FaultKind
from dsconfig.onnx_header import Model, Tensor
from dsconfig.redaction import known
from dsconfig.redaction.known import Known


def hidden(run: Known, secrets: list[str]) -> list[bool]:
    return [secret not in str(run.redacted(f"it failed with {secret} here")) for secret in secrets]


SECRETS = [f"secret-number-{number}" for number in range(5)]


def test_the_last_secrets_of_a_run_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known, "_MOST", 3)
    run = Known()
    run.add(SECRETS[:3])
    assert hidden(run, SECRETS) == [True, True, True, False, False]
    run.add(SECRETS[3:4])
    assert hidden(run, SECRETS) == [False, True, True, True, False]
    run.add([SECRETS[1], None, "", SECRETS[4]])  # one that comes again is the newest again
    assert hidden(run, SECRETS) == [False, True, False, True, True]
    run.add(SECRETS)
    assert hidden(run, SECRETS) == [False, False, True, True, True]


def test_long_secrets_are_fewer_and_the_last_one_is_always_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    length = len(SECRETS[0])
    monkeypatch.setattr(known, "_MOST_CHARACTERS", 2 * length)
    run = Known()
    run.add(SECRETS[:2])
    assert hidden(run, SECRETS[:2]) == [True, True]
    run.add(SECRETS[2:3])
    assert hidden(run, SECRETS[:3]) == [False, True, True]
    long = "x" * (3 * length)
    run.add([long])
    assert hidden(run, [*SECRETS[:3], long]) == [False, False, False, True]


@pytest.mark.parametrize(
    ("first", "batch"), [(1, 1), (65536, 65536), (65537, None), (0, None), (-1, None), ("N", None), (None, None)]
)
def test_a_fixed_batch_is_a_number_that_a_batch_can_have(first: int | str | None, batch: int | None) -> None:
    image = Tensor(name="image", element="float32", shape=(first, 3, 8, 8))
    other = Tensor(name="other", element="float32", shape=(9,))
    model = Model(path=Path("m.onnx"), inputs=(image, other), outputs=(), opset=None, weight_files=())
    assert model.batch == batch


@pytest.mark.parametrize("inputs", [(), (Tensor(name="a", element="float32", shape=()),)])
def test_a_model_without_a_first_dimension_has_no_fixed_batch(inputs: tuple[Tensor, ...]) -> None:
    assert Model(path=Path("m.onnx"), inputs=inputs, outputs=(), opset=None, weight_files=()).batch is None


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (b"\x0a\x05names\x12\x03abc", {"names": "abc"}),
        (b"\x0a\x05names", {"names": ""}),
        (b"\x12\x03abc", {}),
        (b"\x0a\x02\xff\xfe\x12\x03abc", {}),
        (b"\x0a\x7fnames", {}),
    ],
)
def test_a_key_with_its_value_is_read_where_it_is_one(span: bytes, expected: dict[str, str]) -> None:
    fields = onnx_header.Fields(span)
    assert fields.pair((0, len(span))) == expected


def test_a_key_that_stands_twice_is_worth_a_line_and_stops_nothing() -> None:
    text = b"[property]\nbatch-size=1\nbatch-size=2\n[class-attrs-all]\ntopk=3\n"
    read = nvinfer.read(nvinfer.parse(text, yaml=False))
    (fault,) = [each for each in read.faults if each.kind is FaultKind.DUPLICATE]
    assert (fault.line, fault.fatal, fault.group, fault.key) == (3, False, "property", "batch-size")
    assert fault.message == "'batch-size' stands on line 2 already; this one counts"


@pytest.mark.parametrize("key", ["name", "na me", "name[de]", "name[de_DE]", "name[sr@latin]", "name[]"])
def test_what_glib_takes_for_a_key_is_one(key: str) -> None:
    read = keyfile.parse(f"[a]\n{key}=1\nother=2\n".encode())
    assert read.faults == ()
    kept = [entry.key for entry in read.entries]
    assert kept == ([key, "other"] if key in ("name", "na me", "name[]") else ["other"]), "other languages' are dropped"


@pytest.mark.parametrize("key", ["na]me", "name[de", "name[de]x", "name[d!]", "name[de]]", "name[d[e]]"])
def test_what_glib_takes_for_no_key_is_refused(key: str) -> None:
    (fault,) = keyfile.parse(f"[a]\n{key}=1\n".encode()).faults
    assert (fault.message, fault.line, fault.fatal) == (f"'{key}' cannot be the name of a key", 2, True)
