"""Direct methods that somebody far away calls, and waits for."""

import json
import logging
import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue

from azda_runtime.hub.base import Answer, MethodCall
from azda_runtime.hub.connected.connection import AwayError, RefusedError
from azda_runtime.hub.connected.pending import Pending
from azda_runtime.problems import did_you_mean, shown

_log = logging.getLogger(__name__)

# IoT Hub waits for 30 seconds where the caller says nothing else.
_SECONDS = 25.0
# IoT Hub takes 128 KB.
LARGEST_ANSWER = 126_000
_MOST = 8

Respond = Callable[[int, object], None]


class MethodCalls:
    """Hands calls over, each in a thread of its own that waits for the answer and sends it.

    Args:
        pending: Hands over to the module.
        names: The methods that there are.
    """

    def __init__(self, pending: Pending, names: Sequence[str]) -> None:
        self._pending = pending
        self._names = names
        self._free = threading.BoundedSemaphore(_MOST)

    def called(self, name: str, payload: object, respond: Respond) -> None:
        """Take a call; any thread may call this, and it returns at once.

        Args:
            name: The method's.
            payload: Plain data, unchecked.
            respond: Sends the status and the answer; takes long, and raises AwayError or RefusedError.
        """
        if not self._free.acquire(blocking=False):
            line = "%s methods are answered already; %s is not."
            _log.warning(line, _MOST, shown(name), extra=self._pending.rated("methods"))
            return
        threading.Thread(target=self._run, args=(name, payload, respond), name="hub method", daemon=True).start()

    def _run(self, name: str, payload: object, respond: Respond) -> None:
        try:
            answer = self._answer(name, payload)
            _log.info("The method %s was called: %s.", shown(name), answer.status)
            respond(answer.status, answer.payload)
        except (AwayError, RefusedError) as error:
            line = "The answer to the method %s did not get through: %s."
            _log.warning(line, shown(name), error, extra=self._pending.rated("method"))
        finally:
            self._free.release()

    def _answer(self, name: str, payload: object) -> Answer:
        if name not in self._names:
            hint = did_you_mean(name, self._names)
            return Answer.failed(404, f"There is no method {shown(name)}.", hint)
        answers: SimpleQueue[Answer] = SimpleQueue()
        self._pending.hand_over(MethodCall(name=name, payload=payload, answer=answers.put))
        try:
            answer = answers.get(timeout=_SECONDS)
        except Empty:
            return Answer.failed(504, f"{name} did not end within {_SECONDS:.0f} seconds.", "Call it again.")
        if len(json.dumps(answer.payload)) > LARGEST_ANSWER:
            return Answer.failed(413, f"The answer of {name} is longer than {LARGEST_ANSWER} bytes.", "Ask for less.")
        return answer
