"""Says what this interpreter lacks for a simulation: JSON on standard output, `{}` when it lacks nothing.

Run as a file, with the plugins' folder in GST_PLUGIN_PATH and the packages' in PYTHONPATH::

    {"binding": "…"}                   gi, or GStreamer's typelibs, cannot be imported: why
    {"elements": ["x264enc", …], "loader": true}   GStreamer has none of these; whether it has its Python loader
    {"packages": ["onnxruntime", …]}   Python cannot import these

With `--strict` the exit code is 1 when something is missing.
"""

import json
import sys
from importlib import import_module
from typing import Any

PACKAGES = {
    "numpy": "numpy",
    "onnxruntime": "onnxruntime",
    "cv2": "opencv-python-headless",
    "yaml": "pyyaml",
    "PIL": "pillow",
}
ELEMENTS = (
    *("uridecodebin", "qtdemux", "h264parse", "avdec_h264", "x264enc", "mp4mux", "pngenc", "videoconvert"),
    *("queue", "tee", "nvstreammux", "nvinfer", "nvvideoconvert"),
)


def missing() -> dict[str, Any]:
    """What is missing; empty when nothing is."""
    packages = [name for module, name in PACKAGES.items() if not _imports(module)]
    if packages:
        return {"packages": packages}  # without them the simulator's elements cannot be found either
    try:
        gi = import_module("gi")
        for name in ("Gst", "GstBase", "GstPbutils"):
            gi.require_version(name, "1.0")
        gst = import_module("gi.repository.Gst")
    except (ImportError, ValueError, AttributeError) as error:  # an empty folder `gi` imports too
        return {"binding": str(error)}
    gst.init(None)
    elements = [name for name in ELEMENTS if gst.ElementFactory.find(name) is None]
    return {"elements": elements, "loader": gst.Registry.get().find_plugin("python") is not None} if elements else {}


def _imports(module: str) -> bool:
    try:
        import_module(module)
    except Exception:  # noqa: BLE001 # a package for another Python may fail at anything
        return False
    return True


if __name__ == "__main__":
    lacks = missing()
    sys.stdout.write(json.dumps(lacks) + "\n")
    sys.exit(1 if lacks and "--strict" in sys.argv[1:] else 0)
