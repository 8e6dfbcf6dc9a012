"""Probes that can never lose a buffer.

PyGObject takes None, and an exception, for 0: DROP. So here is the only place that adds buffer probes, and what it adds
answers OK whatever happens.
"""

import traceback
from collections.abc import Callable
from typing import Any

from gi.repository import Gst

from azda_runtime.gst.errors import PipelineError

_MOST_TOLD = 10


def watch(element: Any, look: Callable[[int], None], tell: Callable[[str], None]) -> None:
    """Let a function look at each buffer that an element puts out.

    Args:
        element: A GStreamer element with one source pad.
        look: Gets the buffer's address. What it raises is a mistake of ours: it is told and the buffer goes on.
        tell: Takes lines of the story.

    Raises:
        PipelineError: The element has no such pad.
    """
    pad = element.get_static_pad("src")
    if pad is None:
        raise PipelineError(f"{element.get_name()} has no source pad to look at.")
    told = 0

    def guarded(_pad: Any, info: Any) -> Any:
        nonlocal told
        try:
            buffer = info.get_buffer()
            if buffer is not None:
                look(hash(buffer))  # its address, which is what the bindings take
        except BaseException:  # noqa: BLE001 # whatever is raised here would drop the buffer
            told += 1
            if told <= _MOST_TOLD:
                tell(f"error: a mistake in azda_runtime, the frame goes on\n{traceback.format_exc().rstrip()}")
        return Gst.PadProbeReturn.OK

    pad.add_probe(Gst.PadProbeType.BUFFER, guarded)
