"""The table of numpy's newer names, held against the numpy that runs here."""

import importlib
import inspect
from pathlib import Path

import numpy as np
import pytest

from azdacli.parser_check import check
from azdacli.parser_check.numpy_versions import NAMES, PARAMETERS

NEW = np.lib.NumpyVersion(np.__version__) >= "2.0.0"


def has(path: str) -> bool:
    module, _, name = path.rpartition(".")
    try:
        return hasattr(importlib.import_module(module), name)
    except ImportError:
        return False


@pytest.mark.parametrize("path", sorted(NAMES))
def test_a_name_is_there_from_numpy_2_on(path: str) -> None:
    assert has(path) is NEW
    instead = NAMES[path].partition("(")[0]
    assert NEW or not instead.startswith("np.") or has(f"numpy.{instead.removeprefix('np.')}")


def parameters(path: str) -> set[str]:
    module, _, name = path.rpartition(".")
    try:
        return set(inspect.signature(getattr(importlib.import_module(module), name)).parameters)
    except ValueError:  # a compiled function states none
        return set()


@pytest.mark.parametrize("path", sorted(path for path in PARAMETERS if parameters(path)))
def test_a_parameter_is_there_from_numpy_2_on(path: str) -> None:
    assert PARAMETERS[path] & parameters(path) == (PARAMETERS[path] if NEW else set())


@pytest.mark.parametrize(("run", "count"), [("pip install numpy==2.2.6", 0), ("pip install scipy", 9), (None, 0)])
def test_nothing_is_claimed_where_the_image_gets_another_numpy(run: str | None, count: int) -> None:
    path = Path(__file__).parent / "corpus" / "planted" / "numpy_2_names.py"
    report = check([path], runs=[run] if run else None)
    assert [f.rule.id for f in report.findings].count("AZ109") == count
