"""What a version of TensorRT takes, as far as a source states it: opsets and operators."""

import functools
import sys
from collections.abc import Mapping
from typing import Any

from azdacli.util import resources
from dsconfig.onnx_operators import Operator

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Version = tuple[int, int]


@functools.cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads((resources.DATA / "tensorrt_operators.toml").read_text(encoding="utf-8"))


def opsets(version: Version) -> tuple[int, int | None]:
    """The opset that a version surely takes, and the one beyond which it surely takes none."""
    rows = [(tuple(row["tensorrt"]), row["newest"]) for row in _table()["opset"]]
    below = [newest for since, newest in rows if since <= version]
    above = [newest for since, newest in rows if since >= version]
    return max(below, default=0), min(above, default=None)


def is_plugin(one: Operator) -> bool:
    """Whether an operator is a plugin of TensorRT's own, by how it names them."""
    return one.name.endswith("_TRT") or "Plugin" in one.name


def takes(one: Operator, version: Version) -> bool | None:
    """Whether a version has an operator; None when no source says so."""
    table = _table()
    name = one.name
    # The importers are looked up by the type alone, whatever the domain (onnx-tensorrt, ModelImporter.cpp).
    if is_plugin(one) or name in table["always"]["operators"]:
        return True
    if name in table["since"]:
        return version >= tuple(table["since"][name])
    stated = tuple(table["never"]["from"]) <= version <= tuple(table["never"]["until"])
    if name in table["never"]["operators"] or name in table["not_yet"]["operators"]:
        return False if stated else None
    if name in table["listed_later"]["operators"]:
        return True if version >= tuple(table["never"]["until"]) else None
    return False if one.domain else None
