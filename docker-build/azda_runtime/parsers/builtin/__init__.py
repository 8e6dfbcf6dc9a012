"""The parsers that need no file: found by name, each a module that keeps the same contract as a user's."""

from collections.abc import Sequence
from importlib import import_module

from azda_runtime.parsers.caller import PrimaryParser
from azda_runtime.parsers.frame_config import Scaling

_MODULES = {
    "bodypose2d": "bodypose2d",
    "rtdetr": "rtdetr",
    "ssd_mobilenet_v1": "ssd_mobilenet_v1",
    "tiny-yolov3": "tiny_yolov3",
    "yolo-nms": "yolo_nms",
    "yolov4": "yolov4",
    "yolov5": "yolov5",
    "yolov8": "yolov8",
    "yolox": "yolox",
}


def built_in(name: str, scaling: Scaling | None = None, labels: Sequence[str] = ()) -> PrimaryParser:
    """Get a built-in parser.

    Args:
        name: Its name.
        scaling: How frames are brought into the network's input.
        labels: What its classes are called, where a configuration names them; COCO's names without them.

    Raises:
        KeyError: No parser has that name; settings have checked it before.
    """
    module = import_module(f"azda_runtime.parsers.builtin.{_MODULES[name]}")
    return PrimaryParser(module, f"built-in parser {name}", scaling, labels)
