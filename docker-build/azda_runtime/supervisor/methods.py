"""Answers direct methods."""

from collections.abc import Callable, Mapping
from typing import Any

from azda_runtime.hub.base import Answer, MethodCall
from azda_runtime.problems import InvalidValueError
from azda_runtime.supervisor.pipelines import Pipelines
from azda_runtime.supervisor.policy.methods import RECORD, RESTART, SNAPSHOT, STATUS, Request, choose, read_request
from azda_runtime.supervisor.policy.state import reportable

_BAD, _UNKNOWN, _CONFLICT = 400, 404, 409
# Of a JPEG: as base64 it is a third longer, and the answer has other members.
_MOST_BYTES = 93_000
_LOOK = "The method status says how the pipeline does."


class Methods:
    """What somebody far away can have done at once.

    Args:
        pipelines: What runs.
        state: Gives the state as it is shown.
    """

    def __init__(self, pipelines: Pipelines, state: Callable[[float], Mapping[str, Any]]) -> None:
        self._pipelines = pipelines
        self._state = state
        self._does: Mapping[str, Callable[[Request, float], Answer]] = {
            STATUS: self._status,
            RESTART: self._restart,
            RECORD: self._record,
        }

    def take(self, call: MethodCall, now: float) -> None:
        """Do it, and answer: a snapshot later, all else at once."""
        try:
            request = read_request(call.name, call.payload)
        except InvalidValueError as error:
            call.answer(Answer.failed(_BAD, str(error), error.hint))
            return
        try:
            if request.method == SNAPSHOT:
                self._snapshot(request, call.answer)
            else:
                call.answer(self._does[request.method](request, now))
        except InvalidValueError as error:
            call.answer(Answer.failed(_UNKNOWN, str(error), error.hint))

    def _status(self, request: Request, now: float) -> Answer:
        state = reportable(self._state(now))
        if request.pipeline:
            name = choose(request, self._pipelines.wanted)
            state = {**state, "pipelines": [each for each in state["pipelines"] if each["id"] == name]}
        return Answer(status=200, payload=state)

    def _restart(self, request: Request, now: float) -> Answer:
        name = choose(request, self._pipelines.wanted)
        self._pipelines.restart(name, now)
        return Answer(status=200, payload={"pipeline": name, "restarting": True})

    def _snapshot(self, request: Request, answer: Callable[[Answer], None]) -> None:
        name = choose(request, self._pipelines.wanted)

        def done(picture: Mapping[str, Any]) -> None:
            problem = picture.get("problem")
            if problem is not None:
                answer(Answer.failed(_CONFLICT, f"There is no picture of {name}: {problem}", _LOOK))
            else:
                answer(Answer(status=200, payload={"pipeline": name, "contentType": "image/jpeg", **picture}))

        if problem := self._pipelines.snapshot(name, _MOST_BYTES, request.width, done):
            done({"problem": problem})

    def _record(self, request: Request, now: float) -> Answer:
        wanted = request.recordings
        if wanted is None:
            wanted = {choose(request, self._pipelines.wanted): request.state}
        for name in wanted:  # all of them, or none
            choose(Request(method=RECORD, pipeline=name), self._pipelines.wanted)
        for name, state in wanted.items():
            self._pipelines.record(name, wanted=state, now=now)
        return Answer(status=200, payload={"recording": dict(wanted)})
