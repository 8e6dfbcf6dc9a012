"""A model's opset and operators against the release's TensorRT, as far as a source states what that takes."""

import functools
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from azdacli.parser_check.config.settings import Config, Form
from azdacli.parser_check.finding import Certainty, Finding
from azdacli.parser_check.ground import Ground
from azdacli.parser_check.rules import cross
from azdacli.util import resources
from azdacli.util.suggest import listed
from dsconfig.onnx_header import Model
from dsconfig.onnx_operators import Operator

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Version = tuple[int, int]
_SHOWN = 5


@functools.cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads((resources.DATA / "tensorrt_operators.toml").read_text(encoding="utf-8"))


def check(model: Model, config: Config, ground: Ground) -> Iterator[Finding]:
    """Hold a model against TensorRT; where a configuration is Triton's, ONNX Runtime may run it."""
    if ground.tensorrt is None or config.form is Form.PROTOBUF:
        return
    name = f"the TensorRT {ground.tensorrt[0]}.{ground.tensorrt[1]} of DeepStream {ground.release}"
    location = config.get("onnx-file") or config.start
    if model.opset is not None:
        known, beyond = _opsets(ground.tensorrt)
        if beyond is not None and model.opset > beyond:
            message = f"{model.path.name} has opset {model.opset}; {name} takes no more than {beyond}"
            yield config.finding(cross.OPSET, location, message, cure=f"Export the model with opset {known or beyond}.")
        elif model.opset > known:
            message = (
                f"{model.path.name} has opset {model.opset}; that {name} takes more than {known} is stated nowhere"
            )
            yield config.finding(cross.OPSET, location, message, certainty=Certainty.CANNOT_TELL)
    if config.get("custom-lib-path") is not None:
        return  # the library may bring plugins of any name
    verdicts = {one: _takes(one, ground.tensorrt) for one in model.operators}
    refused = [one.text for one, takes in verdicts.items() if takes is False]
    unknown = [one.text for one, takes in verdicts.items() if takes is None]
    if refused:
        message = f"{model.path.name} has {_named(refused)}; {name} has none, and no 'custom-lib-path' brings one"
        yield config.finding(cross.OPERATOR, location, message)
    if unknown:
        message = f"{model.path.name} has {_named(unknown)}; whether {name} takes that is stated nowhere"
        yield config.finding(cross.OPERATOR, location, message, certainty=Certainty.CANNOT_TELL)


def _named(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"the operator{'' if len(names) == 1 else 's'} {listed(names[:_SHOWN])}{more}"


def _opsets(version: Version) -> tuple[int, int | None]:
    """The opset that a version surely takes, and the one beyond which it surely takes none."""
    rows = [(tuple(row["tensorrt"]), row["newest"]) for row in _table()["opset"]]
    below = [newest for since, newest in rows if since <= version]
    above = [newest for since, newest in rows if since >= version]
    return max(below, default=0), min(above, default=None)


def _takes(one: Operator, version: Version) -> bool | None:
    """Whether a version has an operator; None when no source says so."""
    table = _table()
    name = one.name
    if name.endswith("_TRT") or "Plugin" in name:
        return True  # a plugin of TensorRT's own, by how it names them
    # The importers are looked up by the type alone, whatever the domain (onnx-tensorrt, ModelImporter.cpp).
    if name in table["always"]["operators"]:
        return True
    if name in table["since"]:
        return version >= tuple(table["since"][name])
    stated = tuple(table["never"]["from"]) <= version <= tuple(table["never"]["until"])
    if name in table["never"]["operators"] or name in table["not_yet"]["operators"]:
        return False if stated else None
    if name in table["listed_later"]["operators"]:
        return True if version >= tuple(table["never"]["until"]) else None
    return False if one.domain else None
