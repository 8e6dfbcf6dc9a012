"""The secrets that this run was given."""

from collections.abc import Iterable
from threading import Lock
from typing import Any

from dsconfig.redaction.document import redacted, secrets_in


class Known:
    """Collects secrets while a process learns of them, and keeps them out of all that it shows.

    One process has one, at its outermost edge, for a log line has no parameter that could carry it.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._secrets: frozenset[str] = frozenset()

    def add(self, secrets: Iterable[str | None]) -> None:
        """Remember secrets."""
        with self._lock:
            self._secrets |= frozenset(filter(None, secrets))

    def learn(self, document: Any) -> None:
        """Remember the certain secrets of a document: they return in errors of those who were handed them."""
        self.add(secret.value for secret in secrets_in(document) if secret.sure)

    def redacted(self, value: Any) -> Any:
        """The value without its own secrets and without those of this run."""
        return redacted(value, self._secrets)


# Of this process. Whatever learns a secret adds it here; the edges that write lines, states and answers look here.
RUN = Known()
