"""What is served."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from azda_runtime.hub.base import Traffic
from azda_runtime.supervisor.policy.figures import PipelineFigures


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """All that is served.

    Attributes:
        pipelines: What is wanted or still runs.
        traffic: Messages.
        backlog: How many recordings wait to be uploaded, and their bytes.
    """

    pipelines: Sequence[PipelineFigures] = ()
    traffic: Traffic = field(default_factory=Traffic)
    backlog: tuple[int, int] = (0, 0)
