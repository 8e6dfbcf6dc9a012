"""GStreamer's Python binding as the images have it, where the machine's own is newer.

Up to 1.24, the newest that a DeepStream image has (Ubuntu 24.04), `get_structure` gives the structure. From 1.26 on
(Debian 13) it gives a wrapper that does nothing but `with`. Programs written for the images expect the structure, and
so do our elements; those written for the newer binding find `with` all the same.
"""

import functools
from types import FunctionType
from typing import Any

import gi.overrides.Gst
from gi.repository import Gst


def as_in_images() -> None:
    """Give programs of this process the structures themselves; with an older binding, or again, nothing happens."""
    _give_what_the_method_gives()
    if not hasattr(gi.overrides.Gst, "StructureWrapper"):
        return
    for owner in (Gst.Caps, Gst.Event, Gst.Query, Gst.Context):
        if isinstance(vars(owner).get("get_structure"), FunctionType):  # the binding's, in Python
            del owner.get_structure  # behind it is the method that GStreamer itself describes
    Gst.Structure.__enter__ = _itself
    Gst.Structure.__exit__ = _leave


def _give_what_the_method_gives() -> None:
    """Let `bin.add()` return True: the distribution's overrides drop what GStreamer's own method answers.

    Programs that check it were written where the overrides are not installed (UNVERIFIED in which images).
    """
    described = Gst.Bin.add
    if isinstance(described, FunctionType) and not hasattr(described, "answers"):

        @functools.wraps(described)
        def add(container: Any, *elements: Any) -> bool:
            return described(container, *elements) is not False

        add.answers = True  # type: ignore[attr-defined] # a second call finds it
        Gst.Bin.add = add


def _itself(structure: Any) -> Any:
    return structure


def _leave(_structure: Any, *_error: Any) -> None:
    """Nothing was borrowed."""
