"""One element for GStreamer's Python loader, which reads one per file: the file's name is the element's.

All files here have this same text; a test sees to it. `simulator.elements.factories` says what each name stands for.
"""

import sys
from pathlib import Path

_HERE = Path(__file__).resolve()
_FOLDERS = [str(_HERE.parents[3]), str(_HERE.parents[2] / "site-packages")]
# before the program's own folder, which may hold a simulator.py
sys.path[:0] = [folder for folder in _FOLDERS if folder not in sys.path[:2]]
_PATH = sys.path

try:
    from simulator.elements.factories import factory
except ModuleNotFoundError as problem:
    if problem.name != "simulator.elements":
        raise
    raise ImportError("the simulated elements need the name 'simulator': rename the program's own module") from None

__gstelementfactory__ = factory(_HERE.stem)

# GStreamer's loader writes on into the list that it began with and owns no reference to it, while OpenCV, when it is
# imported, puts a copy of that list in its place: the loader would write into freed memory
_PATH[:], sys.path = sys.path, _PATH
