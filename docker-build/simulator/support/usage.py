"""Which elements and properties a program uses that are approximated here, for `azdacli simulate PROGRAM --report`."""

import functools
import json
import os
from collections.abc import Iterable
from pathlib import Path

from pyds._approximations import REPORT, note

from simulator.support.properties import PLACEMENT, Property

_TABLE = Path(__file__).parents[1] / "approximations.json"


@functools.cache
def note_element(name: str) -> None:
    """Report an element, once, where a report is asked for."""
    if path := os.environ.get(REPORT):
        sentences = json.loads(_TABLE.read_text(encoding="utf-8")).get(name, [])
        note(Path(path), name, sentences)


def note_property(element: str, name: str, table: Iterable[Property]) -> None:
    """Report a property that has no effect here, once, where a report is asked for."""
    if REPORT in os.environ:
        effect = next((each.effect for each in table if each.name == name), None)
        if effect is PLACEMENT:
            _note_placement(element, name)


@functools.cache
def _note_placement(element: str, name: str) -> None:
    sentence = f"{name} says how a GPU works and has no effect here"
    note(Path(os.environ[REPORT]), element, [sentence])
