"""Whether all is well: what was promised happens, by the state file."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from azda_runtime.problems import Severity
from azda_runtime.supervisor.policy.lifecycle import Phase

STALE_SECONDS = 35.0
CONTROLLER = "controller"
RTSP_SIMULATOR = "rtsp-simulator"
UPLOADER = "uploader"
# What is well with a role that runs no pipelines.
_WELL_OF_ROLES = {
    CONTROLLER: "The configuration is forwarded.",
    RTSP_SIMULATOR: "The videos are served.",
    UPLOADER: "Recordings are uploaded.",
}

# TensorRT takes up to half an hour to build an engine on a Jetson; what starts for longer hangs.
_LONGEST_START = 3600.0
_WELL = {Phase.STARTING.value, Phase.PLAYING.value, Phase.STOPPED.value}


def verdict(found: Any, *, now: float) -> tuple[bool, str]:
    """Whether all is well, and one sentence.

    Args:
        found: The state file's content, which anybody may have written.
        now: Seconds of the same clock as its ``monotonic``: the machine's, which no correction of the time moves.
    """
    try:
        age = now - float(found["monotonic"])
        pipelines = list(found["pipelines"])
        states = {str(each["id"]): str(each["state"]) for each in pipelines}
        configured = bool(found["configured"])
        broken = _broken_promises(found)
    except (AttributeError, KeyError, TypeError, ValueError):
        return False, "The state file cannot be read as a state."
    if not 0 <= age <= STALE_SECONDS:
        return False, f"The supervisor has not written its state for {age:.0f} seconds: it hangs or has ended."
    bad = next((each for each in pipelines if states[str(each["id"])] not in _WELL), None)
    if bad is not None:
        return False, _reported(bad)
    if broken:
        return False, broken[0]
    if not states:
        well = _WELL_OF_ROLES.get(str(found.get("role")), "No pipeline is wanted.")
        return True, well if configured else "There is no configuration yet."
    return True, f"All is well: {', '.join(f'{name} is {state}' for name, state in states.items())}."


def alive(found: Any, *, now: float) -> tuple[bool, str]:
    """Whether the supervisor lives, whatever its pipelines do, and one sentence: by this it is started again.

    Args:
        found: The state file's content.
        now: As of `verdict`.
    """
    try:
        age = now - float(found["monotonic"])
    except (KeyError, TypeError, ValueError):
        return False, "The state file cannot be read as a state."
    if not 0 <= age <= STALE_SECONDS:
        return False, f"The supervisor has not written its state for {age:.0f} seconds: it hangs or has ended."
    return True, "The supervisor lives."


def _broken_promises(found: Mapping[str, Any]) -> list[str]:
    """What was promised beside pipelines that play, and does not happen."""
    troubles = [each for each in found.get("troubles", ()) if each.get("severity") != Severity.WARNING.value]
    recordings = [(each["id"], each.get("recording", {}).get("problem")) for each in found["pipelines"]]
    pictures = found.get("pictures")
    errors = [each for each in found["problems"] if each["severity"] == Severity.ERROR.value]
    hanging = [each for each in found["pipelines"] if _starts_for(each, found) > _LONGEST_START]
    return [
        *(f"{each['id']} has been starting since {each['since']}: it hangs." for each in hanging),
        *(str(each["problem"]) for each in troubles),
        *(f"{name} plays, and its recording failed: {problem}" for name, problem in recordings if problem),
        *([f"The live video is not available: {pictures['problem']}"] if pictures else []),
        *(f"The configuration has an error at {each.get('path')}: {each.get('message')}" for each in errors),
    ]


def _starts_for(pipeline: Mapping[str, Any], found: Mapping[str, Any]) -> float:
    """For how many seconds a pipeline had been starting when the state was written."""
    if pipeline.get("state") != Phase.STARTING.value:
        return 0.0
    since, written = (str(each).replace("Z", "+00:00") for each in (pipeline.get("since"), found.get("written")))
    try:
        return (datetime.fromisoformat(written) - datetime.fromisoformat(since)).total_seconds()
    except (TypeError, ValueError):
        return 0.0


def _reported(pipeline: Mapping[str, Any]) -> str:
    failure = pipeline.get("failure")
    why = f": {failure.get('message')}" if isinstance(failure, dict) else "."
    if pipeline["state"] == Phase.RECONNECTING.value:
        silent = pipeline.get("silent")
        why = f": no frames from {', '.join(map(str, silent if isinstance(silent, list) else []))}."
    return f"{pipeline['id']} is {pipeline['state']}{why}"
