"""One element for GStreamer's Python loader, which reads one per file: the file's name is the element's.

All files here have this same text; a test sees to it. `simulator.elements.factories` says what each name stands for.
"""

import sys
from pathlib import Path

_HERE = Path(__file__).resolve()
for _folder in (_HERE.parents[3], _HERE.parents[2] / "site-packages"):
    if str(_folder) not in sys.path:
        sys.path.append(str(_folder))

from simulator.elements.factories import factory  # noqa: E402 # it is found only now

__gstelementfactory__ = factory(_HERE.stem)
