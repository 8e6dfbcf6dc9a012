"""GstBase's classes with their methods, whatever the program did before the first element was made.

When a program holds an element of the distribution that is a GstBaseTransform (a capsfilter, say) before GstBase was
imported, PyGObject has made a class without methods for that type, and would hand out that one (seen with 3.42). It is
forgotten here, so that the import makes the real one; objects that exist keep theirs.
"""

from typing import Any

import gi

gi.require_version("GstBase", "1.0")
from gi.repository import GObject, GstBase  # after require_version


def _complete(type_name: str, attribute: str, method: str) -> Any:
    try:
        kind = GObject.GType.from_name(type_name)
    except RuntimeError:
        return getattr(GstBase, attribute)
    if kind.pytype is not None and not hasattr(kind.pytype, method):
        kind.pytype = None
    return getattr(GstBase, attribute)


BaseTransform: Any = _complete("GstBaseTransform", "BaseTransform", "set_passthrough")
BaseSink: Any = _complete("GstBaseSink", "BaseSink", "set_sync")
