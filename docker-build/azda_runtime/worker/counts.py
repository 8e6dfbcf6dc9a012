"""What a pipeline counts while it plays, for the supervisor's metrics."""

from azda_runtime.parsers.counters import Tally
from azda_runtime.supervisor.policy.figures import Counts, ParserCounts
from azda_runtime.supervisor.policy.streams import StreamWatch


def counts_in(tally: Tally, watch: StreamWatch) -> Counts:
    """The counts of now, while streaming threads go on counting."""
    parsers = {
        name: ParserCounts(calls=each.calls, seconds=round(each.seconds, 6), failures=each.failures)
        for name, each in list(tally.parsers.items())
    }
    return Counts(frames=dict(tally.frames), returned=dict(watch.returned), parsers=parsers)
