"""News of long work: what is reported, and who listens."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """One piece of news from a long piece of work.

    Attributes:
        text: What is being done, or a line that a build step printed.
        item: What it is about: a layer's short digest, a step's name; empty when it is the whole work.
        done: Bytes so far, where they are counted.
        total: Bytes in all, None where nobody knows.
    """

    text: str
    item: str = ""
    done: int | None = None
    total: int | None = None


Listener = Callable[[Progress], None]
