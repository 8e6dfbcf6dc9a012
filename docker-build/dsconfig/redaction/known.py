"""The secrets that this run was given."""

from collections.abc import Iterable
from threading import Lock
from typing import Any

from dsconfig.redaction.document import redacted, secrets_in

_MOST = 256
_MOST_CHARACTERS = 16 * 1024


class Known:
    """Collects secrets while a process learns of them, and keeps them out of all that it shows.

    One process has one, at its outermost edge, for a log line has no parameter that could carry it. The last ones are
    kept, so that a configuration that changes for ever costs neither memory nor time.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._secrets: dict[str, None] = {}

    def add(self, secrets: Iterable[str | None]) -> None:
        """Remember secrets."""
        with self._lock:
            for secret in filter(None, secrets):
                self._secrets.pop(secret, None)
                self._secrets[secret] = None
            size = sum(map(len, self._secrets))
            for oldest in list(self._secrets)[:-1]:
                if len(self._secrets) <= _MOST and size <= _MOST_CHARACTERS:
                    break
                del self._secrets[oldest]
                size -= len(oldest)

    def learn(self, document: Any) -> None:
        """Remember the certain secrets of a document: they return in errors of those who were handed them."""
        self.add(secret.value for secret in secrets_in(document) if secret.sure)

    def redacted(self, value: Any) -> Any:
        """The value without its own secrets and without those of this run."""
        with self._lock:
            known = frozenset(self._secrets)
        return redacted(value, known)


# Of this process. Whatever learns a secret adds it here; the edges that write lines, states and answers look here.
RUN = Known()
