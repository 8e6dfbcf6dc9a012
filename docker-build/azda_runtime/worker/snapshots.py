"""Pictures that the supervisor asks for, each taken in a thread of its own."""

import base64
import logging
import threading
from collections.abc import Callable, Mapping
from typing import Any

from azda_runtime.gst.errors import PipelineError
from azda_runtime.gst.snapshot import Snapshot, Snapshots
from azda_runtime.supervisor.policy.protocol import event_line
from azda_runtime.supervisor.policy.state import moment

_log = logging.getLogger(__name__)


def snapshot(order: Mapping[str, Any], snapshots: Snapshots | None, write: Callable[[str], object]) -> None:
    """Take a picture in a thread of its own.

    Args:
        order: Its number, how long the JPEG may be, and how wide.
        snapshots: Take it; None while nothing plays.
        write: Gets the line with the picture, or with what is wrong.
    """

    def run() -> None:
        number = int(order["id"])
        try:
            taken = _taken(order, snapshots)
        except PipelineError as error:
            write(event_line("snapshot", id=number, problem=str(error)))
        except Exception:  # noqa: BLE001 # a mistake of ours costs the picture, and never the pipeline
            _log.exception("a mistake in azda_runtime")
            write(event_line("snapshot", id=number, problem="A mistake in azda_runtime."))
        else:
            size = {"width": taken.width, "height": taken.height}
            image = base64.b64encode(taken.jpeg).decode()
            write(event_line("snapshot", id=number, **size, time=moment(taken.wall), image=image))

    threading.Thread(target=run, name="snapshot", daemon=True).start()


def _taken(order: Mapping[str, Any], snapshots: Snapshots | None) -> Snapshot:
    if snapshots is None:
        raise PipelineError("The pipeline does not play yet.")
    return snapshots.take(int(order["mostBytes"]), int(order["width"]))
