"""What outlives a single connection."""

import itertools
from dataclasses import dataclass, field
from typing import Any


@dataclass(kw_only=True, slots=True)
class Kept:
    """Belongs to the one connection that there is.

    Attributes:
        state: The state as the broker shows it.
        versions: Counts desired states, as a twin's ``$version`` does.
    """

    state: dict[str, Any] = field(default_factory=dict)
    versions: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
