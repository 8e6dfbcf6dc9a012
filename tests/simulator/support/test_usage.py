"""What a report may say of each element."""

import json
from pathlib import Path

import pytest
from pyds._approximations import APPROXIMATED
from pyds._errors import api

SIMULATOR = Path(__file__).parents[3] / "docker-build" / "simulator"


def test_every_sentence_is_of_an_element_or_a_function_that_exists() -> None:
    pytest.importorskip("gi", reason="PyGObject belongs to the distribution's interpreter")
    factories = pytest.importorskip("simulator.elements.factories", reason="needs GStreamer")
    table = json.loads((SIMULATOR / "approximations.json").read_text(encoding="utf-8"))
    assert set(table) <= {*factories.CLASSES, "newstreammux"}
    assert set(APPROXIMATED) <= set(api()["functions"])
