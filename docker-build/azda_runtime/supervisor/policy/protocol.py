"""The lines between the supervisor and a worker: JSON objects, one a line.

To the worker's standard input goes first what it runs::

    {"pipeline": {"id": "<id>", …}, "modelRoots": ["/…"], "rtpPort": 5400 or null, "recordings": "/…",
     "recording": {"segmentSeconds": 30, "stopAfterSeconds": 60}, "logLevel": "information" or null,
     "logLevels": {"gst": "debug"}, "parserTimeout": 60.0}

then whatever changes: ``{"change": {…}}`` (the pipeline, which differs in nothing but what changes while it plays),
``{"record": true}``, ``{"recording": {…}}``, ``{"logLevel": "debug", "logLevels": {}}``, ``{"stop": true}``,
``{"snapshot": {"id": 1, "mostBytes": 90000, "width": 0}}``. The end
of the stream is a stop, too. Back come ``{"message": {…}}`` for each inference message, and events::

    {"event": "progress", "state": "starting|playing|reconnecting", "silent": ["<sensor>"],
     "counts": {"frames": {"<sensor>": 120}, "returned": {}, "parsers": {"<parser>": [120, 0.4, 0]}}}
    {"event": "recording", "state": "off|starting|recording|failed", "files": 2, "problem": ""}
    {"event": "failed", "kind": …, "message": …, "hint": …, "final": false}
    {"event": "snapshot", "id": 1, "width": 1280, "height": 720, "time": "…Z", "image": "<base64>"} or {…, "problem": …}
    {"event": "end"}

A secret travels here alone, never on a command line, and to the process of its own pipeline alone.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from azda_runtime.settings import LogLevels, Pipeline, as_plain, pipeline_of
from azda_runtime.settings.recording import RecordingOptions

# A line is longer than this only when something is wrong with the worker.
LONGEST_LINE = 16 * 1024 * 1024

_LONGEST_TEXT, _MOST_NAMES = 1000, 1000
_MESSAGE = '{"message": '


@dataclass(frozen=True, kw_only=True, slots=True)
class Orders:
    """What a worker runs.

    Attributes:
        pipeline: Its settings, whose model has been fetched; they hold the secrets of its cameras.
        roots: Where its files are looked up, in this order.
        rtp_port: Where on this machine the RTSP server takes the video; None without a server.
        recordings: The folder for recordings.
        options: How recordings are cut.
        levels: How much is logged.
        parser_timeout: A parser's call that takes longer ends the pipeline, in seconds; 0 waits for ever.
    """

    pipeline: Pipeline = field(repr=False)
    roots: tuple[str, ...] = ()
    rtp_port: int | None = None
    recordings: str = ""
    options: RecordingOptions = field(default_factory=RecordingOptions)
    levels: LogLevels = field(default_factory=LogLevels)
    parser_timeout: float = 60.0

    def line(self) -> str:
        """The orders as a line."""
        orders = {
            "pipeline": as_plain(self.pipeline),
            "modelRoots": list(self.roots),
            "rtpPort": self.rtp_port,
            "recordings": self.recordings,
            "recording": recording_json(self.options),
            **self.levels.as_json(),
            "parserTimeout": self.parser_timeout,
        }
        return json.dumps(orders)

    @classmethod
    def of(cls, line: str) -> "Orders":
        """Read them back."""
        reported = json.loads(line)
        return cls(
            pipeline=pipeline_of(reported["pipeline"]),
            roots=tuple(reported["modelRoots"]),
            rtp_port=reported["rtpPort"],
            recordings=reported["recordings"],
            options=recording_of(reported["recording"]),
            levels=LogLevels.of(reported),
            parser_timeout=reported["parserTimeout"],
        )


def recording_json(options: RecordingOptions) -> dict[str, int]:
    """How recordings are cut, as plain data."""
    return {"segmentSeconds": options.segment_seconds, "stopAfterSeconds": options.stop_after_seconds}


def recording_of(reported: Mapping[str, int]) -> RecordingOptions:
    """Read back how recordings are cut."""
    return RecordingOptions(segment_seconds=reported["segmentSeconds"], stop_after_seconds=reported["stopAfterSeconds"])


def message_line(message: str) -> str:
    """An inference message, which is JSON text of one line, as a line."""
    return f"{_MESSAGE}{message}}}"


def message_in(line: str) -> str | None:
    """The inference message in a line, None when it holds something else; the message is not parsed again."""
    return line[len(_MESSAGE) : -1] if line.startswith(_MESSAGE) and line.endswith("}") else None


def event_line(event: str, **reported: Any) -> str:
    """An event as a line."""
    return json.dumps({"event": event, **reported})


def event_in(line: str) -> Mapping[str, Any] | None:
    """The event in a line; None when the line is something else's output."""
    try:
        reported = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return reported if isinstance(reported, dict) and isinstance(reported.get("event"), str) else None


def mounts_line(ports: Mapping[str, int]) -> str:
    """What the RTSP server serves: mount -> the port where its video arrives, as RTP."""
    return json.dumps({"mounts": dict(sorted(ports.items()))})


def silent_of(reported: Mapping[str, Any]) -> Sequence[str]:
    """The streams that give nothing, of a progress event."""
    silent = reported.get("silent", [])
    return [str(name)[:_LONGEST_TEXT] for name in silent[:_MOST_NAMES]] if isinstance(silent, list) else []


def recorder_of(reported: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a recorder does, of a recording event: a user's parser may have written that line."""
    files = reported.get("files")
    return {
        "state": str(reported.get("state", ""))[:_LONGEST_TEXT],
        "files": files if type(files) is int and 0 <= files < 2**31 else 0,
        "problem": str(reported.get("problem", ""))[:_LONGEST_TEXT],
    }


def snapshot_of(reported: Mapping[str, Any]) -> Mapping[str, Any]:
    """The picture of a snapshot event, or its problem: a user's parser may have written that line."""
    image, moment = reported.get("image"), reported.get("time")
    size = [reported.get(key) for key in ("width", "height")]
    if not isinstance(image, str) or not isinstance(moment, str) or not all(type(each) is int for each in size):
        return {"problem": str(reported.get("problem", ""))[:_LONGEST_TEXT] or "The process gave no picture."}
    return {"time": moment[:_LONGEST_TEXT], "width": size[0], "height": size[1], "image": image}


def order_line(order: Mapping[str, Any]) -> str:
    """A later order as a line."""
    return json.dumps(dict(order))
