"""Probes that can never lose a buffer.

PyGObject takes None, and an exception, for 0: DROP. So here is the only place that adds buffer probes, and what it adds
answers OK whatever happens.
"""

import logging
from collections.abc import Callable
from typing import Any

from gi.repository import Gst

from azda_runtime.gst.errors import PipelineError
from azda_runtime.log import limited

_log = logging.getLogger(__name__)


def watch(element: Any, look: Callable[[int], None]) -> None:
    """Let a function look at each buffer that an element puts out.

    Args:
        element: A GStreamer element with one source pad.
        look: Gets the buffer's address. What it raises is a mistake of ours: it is logged and the buffer goes on.

    Raises:
        PipelineError: The element has no such pad.
    """
    pad = element.get_static_pad("src")
    if pad is None:
        raise PipelineError(f"{element.get_name()} has no source pad to look at.")
    tap(pad, lambda buffer: look(hash(buffer)))  # its address, which is what the bindings take


def tap(pad: Any, take: Callable[[Any], None]) -> Callable[[], None]:
    """Let a function see each buffer at a pad; functions see it in the order in which they came.

    Args:
        pad: GStreamer's.
        take: Gets the buffer, which it may read while it runs. What it raises is logged and the buffer goes on.

    Returns:
        What ends it; a buffer that is under way just then may still be seen.
    """

    def guarded(_pad: Any, info: Any) -> Any:
        try:
            buffer = info.get_buffer()
            if buffer is not None:
                take(buffer)
        except BaseException:  # noqa: BLE001 # whatever is raised here would drop the buffer
            _log.exception("a mistake in azda_runtime, the frame goes on", extra=limited("mistake"))
        return Gst.PadProbeReturn.OK

    number = pad.add_probe(Gst.PadProbeType.BUFFER, guarded)
    return lambda: pad.remove_probe(number)
