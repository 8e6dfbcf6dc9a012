"""What the child says: one JSON object a line, each finding once for its rule and sentence."""

import json
import re
import time
from dataclasses import dataclass, field
from typing import IO, Any

_BEAT = 0.5
_NUMBER = re.compile(r"0x[0-9a-f]+|-?[0-9][0-9.e+-]*")


@dataclass(slots=True)
class Events:
    """Writes events; ``found`` keeps those that are findings.

    Attributes:
        stream: Where to; None keeps them alone.
        found: The findings so far.
    """

    stream: IO[str] | None = None
    found: list[dict[str, Any]] = field(default_factory=list)
    _last: float = 0.0
    _kinds: set[Any] = field(default_factory=set)

    def send(self, event: str, **values: Any) -> None:
        """Write one event."""
        if self.stream is not None:
            self.stream.write(json.dumps({"event": event, **values}) + "\n")
            self.stream.flush()

    def alive(self) -> bool:
        """Say now and then that the work goes on; whether it was said now."""
        now = time.monotonic()
        if now - self._last < _BEAT:
            return False
        self._last = now
        self.send("alive")
        return True

    def finding(self, rule: str, message: str, cure: str = "", *, about: str = "", **values: Any) -> None:
        """Write a finding, once: for the first input that shows it.

        Args:
            rule: The rule's name, without its prefix.
            message: What is wrong.
            cure: What to do.
            about: The input that shows it.
            values: The place.
        """
        reported = " ".join(message.split())
        kind = (_NUMBER.sub("#", reported), values.get("line"))
        if kind in self._kinds:
            return
        self._kinds.add(kind)
        one = {"rule": rule, "message": f"{reported}, on {about}" if about else reported, "cure": cure, **values}
        self.found.append(one)
        self.send("finding", **one)

    def has(self, *rules: str) -> bool:
        """Whether one of these rules has a finding."""
        return any(each["rule"] in rules for each in self.found)
