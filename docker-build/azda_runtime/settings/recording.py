"""What else the module's twin and its inputs say: how recordings are cut, and which pipelines record."""

from dataclasses import dataclass

from azda_runtime.problems import Problem
from azda_runtime.settings.node import Findings, Node

_START = {"startRecording": "a list of {configId, state}"}
_ITEM = {"configId": "the pipeline's id", "state": "true or false"}
# In seconds: an hour, and a day.
_LONGEST_SEGMENT = 3600
_LONGEST_RECORDING = 86_400


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordingOptions:
    """How recordings are cut.

    Attributes:
        segment_seconds: The length of one mp4 file.
        stop_after_seconds: A recording that nobody stops ends after so long; 0 means never.
    """

    segment_seconds: int = 30
    stop_after_seconds: int = 60


def read_recording_options(
    desired: object, before: RecordingOptions | None = None
) -> tuple[RecordingOptions, tuple[Problem, ...]]:
    """Read the module twin's outputVideoLength and autoStopRecordingTime, in seconds.

    Args:
        desired: The desired properties, or a patch of them, as plain data.
        before: What holds where they say nothing.

    Returns:
        The options, and what is wrong with those that were given; a wrong one changes nothing.
    """
    findings = Findings()
    current = before or RecordingOptions()
    root = Node(desired, "$", findings)
    twin = desired if isinstance(desired, dict) else {}
    length = _seconds(root.child("outputVideoLength", twin.get("outputVideoLength")), 1, _LONGEST_SEGMENT)
    stop = _seconds(root.child("autoStopRecordingTime", twin.get("autoStopRecordingTime")), 0, _LONGEST_RECORDING)
    options = RecordingOptions(
        segment_seconds=current.segment_seconds if length is None else length,
        stop_after_seconds=current.stop_after_seconds if stop is None else stop,
    )
    return options, tuple(findings.problems)


def read_start_recording(message: object) -> tuple[dict[str, bool], tuple[Problem, ...]]:
    """Read a message of the input recordingInput.

    Args:
        message: As plain data.

    Returns:
        Pipeline -> whether it records from now on, and what is wrong with the rest of the message.
    """
    findings = Findings()
    wanted: dict[str, bool] = {}
    fields = Node(message, "$", findings).fields(_START)
    for item in fields["startRecording"].items("{configId, state}") if fields else []:
        entry = item.fields(_ITEM)
        if entry is None:
            continue
        with findings.attempt() as attempt:
            pipeline = entry["configId"].text("pipeline's id")
            state = entry["state"].flag(default=False)
        if pipeline is not None and not attempt.failed:
            wanted[pipeline] = state
    return wanted, tuple(findings.problems)


def _seconds(node: Node, least: int, most: int) -> int | None:
    if node.absent:
        return None
    value = node.whole("a number of seconds")
    if value is not None and not least <= value <= most:
        node.error(f"{value} seconds cannot be.", f"Give a number from {least} to {most}.")
        return None
    return value
