"""The supervisor's processes, scripted by a test: what a worker or an RTSP server gets, says, and how it ends.

Everything around them is the real thing. The real workers run in tests/simulate, where there is GStreamer.
"""

import itertools
import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from azda_runtime.supervisor import rtsp_process, worker_process
from azda_runtime.supervisor.policy.protocol import event_line, message_line

_pids = itertools.count(100_000)


class ScriptedChild:
    """One process, in the place of a `Child`.

    Attributes:
        words: What it was started with.
        written: All that it was sent, parsed; its orders first.
        signals: What it was sent of `terminate` and `kill`.
    """

    def __init__(
        self,
        words: Sequence[str],
        first: str,
        *,
        take: Callable[[str], None],
        ended: Callable[[int], None],
        about: str = "",
    ) -> None:
        self.words, self.about = tuple(words), about
        self.pid = next(_pids)
        self.written: list[dict[str, Any]] = [json.loads(first)]
        self.signals: list[str] = []
        self.says, self.end = take, ended

    def write(self, line: str) -> None:
        """Keep a later order."""
        self.written.append(json.loads(line))

    def terminate(self) -> None:
        """Keep that it was asked to end."""
        self.signals.append("terminate")

    def kill(self) -> None:
        """Keep that it was killed."""
        self.signals.append("kill")

    def event(self, event: str, **reported: Any) -> None:
        """Report an event as the runtime's own processes do."""
        self.says(event_line(event, **reported))

    def message(self, text: str) -> None:
        """Send an inference message."""
        self.says(message_line(text))


class Children(list[ScriptedChild]):
    """All that were started, in their order.

    Attributes:
        refusal: Raised in the place of starting one, when it is set.
    """

    refusal: BaseException | None = None

    def start(self, words: Sequence[str], first: str, **rest: Any) -> ScriptedChild:
        """Start one."""
        if self.refusal is not None:
            raise self.refusal
        self.append(ScriptedChild(words, first, **rest))
        return self[-1]

    def of(self, name: str) -> list[ScriptedChild]:
        """Those of one pipeline."""
        return [each for each in self if each.about == name]

    @classmethod
    def installed(cls, monkeypatch: pytest.MonkeyPatch) -> "Children":
        """Start these from now on, and no real ones."""
        made = cls()
        monkeypatch.setattr(worker_process, "Child", made.start)
        monkeypatch.setattr(rtsp_process, "Child", made.start)
        return made
