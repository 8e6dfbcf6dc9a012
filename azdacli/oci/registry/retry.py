"""How long we try, and how long we wait in between."""

import random
from dataclasses import dataclass, field

from azdacli.oci.registry.limits import Pace


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """How long we try.

    Attributes:
        tries: How often one request is sent before we give up; for uploads, how often without any progress.
        pause: Seconds before the second try; doubled each time, with a random part, at most `longest`.
        longest: Seconds that a pause lasts at most; also bounds what a registry asks for with Retry-After, times ten.
        connect: Seconds for a connection, and for a piece of a request to leave.
        silence: Seconds without a byte of the answer.
        total: Seconds after which no further try of one request begins.
        pace: How slowly an answer may come.
    """

    tries: int = 6
    pause: float = 0.5
    longest: float = 20.0
    connect: float = 20.0
    silence: float = 90.0
    total: float = 600.0
    pace: Pace = field(default_factory=Pace)

    def seconds(self, attempt: int, asked: float | None = None) -> float:
        """Say how long to wait before another try.

        Args:
            attempt: How many have failed, from 0.
            asked: What the registry asked for, in seconds.
        """
        if asked is not None:
            return min(asked, 10 * self.longest)
        return min(self.longest, self.pause * 2.0**attempt) * random.uniform(0.5, 1)  # noqa: S311 # no secret


PATIENT = Patience()
