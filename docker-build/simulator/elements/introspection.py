"""GstBaseTransform with its methods, whatever the program did before the first element was made.

When a program holds an element of the distribution that is a GstBaseTransform (a capsfilter, say) before GstBase was
imported, PyGObject has made a class without methods for that type, and would hand out that one (seen with 3.42). It is
forgotten here, so that the import makes the real one; objects that exist keep theirs.
"""

from typing import Any

import gi

gi.require_version("GstBase", "1.0")
from gi.repository import GObject, GstBase  # noqa: E402 # after require_version


def _complete() -> Any:
    try:
        kind = GObject.GType.from_name("GstBaseTransform")
    except RuntimeError:
        return GstBase.BaseTransform
    if kind.pytype is not None and not hasattr(kind.pytype, "set_passthrough"):
        kind.pytype = None
    return GstBase.BaseTransform


BaseTransform: Any = _complete()
