"""Answers direct methods."""

from collections.abc import Callable, Mapping
from typing import Any

from azda_runtime.hub.base import Answer, MethodCall
from azda_runtime.problems import InvalidValueError
from azda_runtime.supervisor.pipelines import Pipelines
from azda_runtime.supervisor.policy.methods import RECORD, RESTART, STATUS, Request, choose, read_request
from azda_runtime.supervisor.policy.state import reportable

_BAD, _UNKNOWN = 400, 404


class Methods:
    """What somebody far away can have done at once.

    Args:
        pipelines: What runs.
        state: Gives the state as it is shown.
    """

    def __init__(self, pipelines: Pipelines, state: Callable[[float], Mapping[str, Any]]) -> None:
        self._pipelines = pipelines
        self._state = state
        self._does: Mapping[str, Callable[[Request, float], Answer | None]] = {
            STATUS: self._status,
            RESTART: self._restart,
            RECORD: self._record,
        }

    def take(self, call: MethodCall, now: float) -> None:
        """Do it, and answer now or later."""
        try:
            request = read_request(call.name, call.payload)
        except InvalidValueError as error:
            call.answer(Answer.failed(_BAD, str(error), error.hint))
            return
        try:
            answer = self._does[request.method](request, now)
        except InvalidValueError as error:
            answer = Answer.failed(_UNKNOWN, str(error), error.hint)
        if answer is not None:
            call.answer(answer)

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

    def _record(self, request: Request, now: float) -> Answer:
        wanted = request.recordings
        if wanted is None:
            wanted = {choose(request, self._pipelines.wanted): request.state}
        for name in wanted:  # all of them, or none
            choose(Request(method=RECORD, pipeline=name), self._pipelines.wanted)
        for name, state in wanted.items():
            self._pipelines.record(name, wanted=state, now=now)
        return Answer(status=200, payload={"recording": dict(wanted)})
