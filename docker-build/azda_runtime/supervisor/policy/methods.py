"""Direct methods: what a call's payload asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from azda_runtime.problems import InvalidValueError, did_you_mean, shown
from azda_runtime.settings.recording import read_start_recording

STATUS, RESTART, SNAPSHOT, RECORD = "status", "restartPipeline", "snapshot", "startRecording"

_PIPELINE, _STATE, _LIST, _WIDTH = "pipeline", "state", "startRecording", "width"
_MEMBERS = {
    STATUS: (_PIPELINE,),
    RESTART: (_PIPELINE,),
    SNAPSHOT: (_PIPELINE, _WIDTH),
    RECORD: (_PIPELINE, _STATE, _LIST),
}
_LEAST_WIDTH, _MOST_WIDTH = 32, 8192

METHODS = tuple(_MEMBERS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """What is asked for.

    Attributes:
        method: Its name.
        pipeline: Whom it is about; empty where the caller names none.
        recordings: Pipeline -> whether it records from now on; for `startRecording` alone, and empty where `pipeline`
            and `state` say it.
        state: Whether to record.
        width: How wide a picture may be; 0 for as wide as the video.
    """

    method: str
    pipeline: str = ""
    recordings: Mapping[str, bool] | None = None
    state: bool = True
    width: int = 0


def read_request(method: str, payload: object) -> Request:
    """Read a payload.

    Args:
        method: One of those that there are.
        payload: Plain data, as it came.

    Raises:
        InvalidValueError: It is not what the method takes.
    """
    members = _object(method, payload)
    pipeline = members.get(_PIPELINE, "")
    if not isinstance(pipeline, str):
        raise InvalidValueError(f"{_PIPELINE} is not a text.", hint="Write the pipeline's id.")
    state = members.get(_STATE, True)
    if not isinstance(state, bool):
        raise InvalidValueError(f"{_STATE} is neither true nor false.", hint="true records, false ends it.")
    width = members.get(_WIDTH, 0)
    if _WIDTH in members and not (type(width) is int and _LEAST_WIDTH <= width <= _MOST_WIDTH):
        hint = f"Write a whole number from {_LEAST_WIDTH} to {_MOST_WIDTH}."
        raise InvalidValueError(f"{_WIDTH} is not a number of pixels.", hint=hint)
    if _LIST not in members:
        return Request(method=method, pipeline=pipeline, state=state, width=width)
    if len(members) > 1:
        raise InvalidValueError(f"{_LIST} stands beside other members.", hint="Write it alone.")
    recordings, problems = read_start_recording(members)
    if problems or not recordings:
        wrong = f"{problems[0].path}: {problems[0].message}" if problems else f"{_LIST} names no pipeline."
        raise InvalidValueError(wrong, hint=f'Write {{"{_LIST}": [{{"configId": "ID", "state": true}}]}}.')
    return Request(method=method, recordings=recordings)


def choose(request: Request, pipelines: Mapping[str, Any]) -> str:
    """The pipeline that a request is about: the only one where it names none.

    Raises:
        InvalidValueError: There is none of that name, or not exactly one.
    """
    if request.pipeline in pipelines:
        return request.pipeline
    if request.pipeline:
        hint = did_you_mean(request.pipeline, pipelines)
        raise InvalidValueError(f"There is no pipeline {shown(request.pipeline)}.", hint=hint)
    if len(pipelines) != 1:
        hint = f'Write {{"{_PIPELINE}": "ID"}}. {did_you_mean("", pipelines)}'
        raise InvalidValueError(f"There are {len(pipelines)} pipelines, and the call names none.", hint=hint)
    return next(iter(pipelines))


def _object(method: str, payload: object) -> Mapping[str, Any]:
    known = _MEMBERS[method]
    if payload in (None, ""):
        return {}
    if not isinstance(payload, dict):
        hint = f"Write an object; its members are {', '.join(known)}."
        raise InvalidValueError("The payload is not an object.", hint=hint)
    for name in payload:
        if name not in known:
            raise InvalidValueError(f"{method} takes no {shown(str(name))}.", hint=did_you_mean(str(name), known))
    return payload
