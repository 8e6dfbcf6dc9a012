"""The parsers that need no file: found by name, each a module that keeps the same contract as a user's."""

from importlib import import_module

from azda_runtime.parsers.caller import PrimaryParser

_MODULES = {
    "bodypose2d": "bodypose2d",
    "ssd_mobilenet_v1": "ssd_mobilenet_v1",
    "tiny-yolov3": "tiny_yolov3",
    "yolov4": "yolov4",
}


def built_in(name: str) -> PrimaryParser:
    """Get a built-in parser.

    Raises:
        KeyError: There is none of that name; settings have checked it before.
    """
    return PrimaryParser(import_module(f"azda_runtime.parsers.builtin.{_MODULES[name]}"), f"built-in parser {name}")
