"""One `--label`, read the same way by `create` and `publish`."""

from pathlib import Path

import pytest

from azdacli.errors import SpecError
from azdacli.image.label_text import parse
from tests.fakes import measured


@pytest.mark.parametrize(
    ("text", "label"),
    [("a=b", ("a", "b")), ("a.b-c_d=", ("a.b-c_d", "")), ("a=b=c", ("a", "b=c")), ("a=\u00fc", ("a", "\u00fc"))],
)
def test_a_label_is_a_name_and_a_value(text: str, label: tuple[str, str]) -> None:
    assert parse(text) == label


@pytest.mark.parametrize("text", ["", "a", "=b", " =b", "A=b", "a\n=b", "a=b\nc", "a=\x1b[31m", "a=b\u2028c", ".a=b"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(SpecError, match="label") as caught:
        parse(text)
    assert caught.value.hint


@pytest.mark.parametrize("label", ["=value", "abc\n=value", "name=one\ntwo"])
@pytest.mark.parametrize("verb", ["create", "publish"])
def test_both_verbs_refuse_it_before_they_do_anything(verb: str, label: str, tmp_path: Path) -> None:
    folder = tmp_path
    (folder / "labels.txt").write_text("person\n")
    words = {
        "create": ("--device-type", "CPU", "--tag", "x:1", "--no-build-image"),
        "publish": ("--base", "oci:base", "--image", "oci:out", "--add", "labels.txt /custom-assets/"),
    }[verb]
    done = measured.run(folder, verb, *words, "--label", label)
    done.check_refused(3)
    assert done.out == ""
