"""The types of outputs that a release hands over: one table for the checker, held against the bindings' own."""

import json
from pathlib import Path
from typing import Any

import pytest

from dsconfig import layer_types, model_check
from dsconfig.onnx_header import Model, Tensor

_BINDINGS = Path(__file__).parents[2] / "docker-build" / "simulator" / "site-packages" / "pyds" / "releases.json"
_EVERY = ("float32", "float16", "float64", "int8", "int16", "int32", "int64", "uint8", "uint16", "bool", "string")


def releases() -> dict[str, Any]:
    return dict(json.loads(_BINDINGS.read_text(encoding="utf-8"))["releases"])


def refused(element: str, release: str) -> list[bool]:
    tensors = [Tensor(name="out", element=element, shape=(1, 6))]
    image = Tensor(name="image", element="float32", shape=(1, 3, 4, 6))
    model = Model(path=Path("m.onnx"), inputs=(image,), outputs=tuple(tensors), opset=17, weight_files=())
    return [f.fatal for f in model_check.check({"network-type": 100}, model, release) if f.misfit.value == "type"]


def test_the_bindings_and_the_checker_have_one_table() -> None:
    assert {name: tuple(facts["layer_types"]) for name, facts in releases().items()} == dict(layer_types.KNOWN)


@pytest.mark.parametrize("release", releases())
def test_what_the_simulated_release_refuses_the_checker_refuses(release: str) -> None:
    known = {*releases()[release]["layer_types"], "float64"}
    assert [e for e in _EVERY if True in refused(e, release)] == [e for e in _EVERY if e not in known]


def test_without_a_release_only_what_no_release_takes_is_refused() -> None:
    assert [e for e in _EVERY if True in refused(e, "")] == ["int16", "uint16", "string"]
