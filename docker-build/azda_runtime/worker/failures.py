"""What keeps a pipeline from running, as sentences: the same for `run` and for a worker."""

from azda_runtime.exit_codes import FAILED, WRONG
from azda_runtime.gst.errors import PipelineError
from azda_runtime.models import ModelError
from azda_runtime.parsers.counters import Tally
from azda_runtime.parsers.failures import FailureKind, ParserFailure, users_stack
from azda_runtime.problems import InvalidValueError
from azda_runtime.supervisor.policy.failure import Failure
from dsconfig.redaction import RUN

# What making a pipeline ready raises.
EXPECTED = (InvalidValueError, ModelError, ParserFailure, PipelineError)


def failure_of(error: InvalidValueError | ModelError | ParserFailure | PipelineError) -> Failure:
    """Say why a pipeline cannot be made ready, or ended; what GStreamer and others said goes without secrets."""
    message, hint = str(RUN.redacted(str(error))), str(RUN.redacted(error.hint))
    if isinstance(error, ParserFailure):
        # A parser's file may wait for something that comes later; one that breaks its contract does so again.
        broken = error.kind is FailureKind.CONTRACT
        return Failure(kind="parser", message=message, hint=hint, final=broken)
    if isinstance(error, InvalidValueError):
        return Failure(kind="configuration", message=message, hint=hint, final=True)
    if isinstance(error, ModelError):
        return Failure(kind="archive", message=message, hint=hint)
    return Failure(kind="pipeline", message=message, hint=hint)


def hanging(tally: Tally, limit: float) -> tuple[Failure, str] | None:
    """The parser's call that takes too long, with the lines of code where it is.

    Args:
        tally: Of the pipeline.
        limit: In seconds; 0 waits for ever.
    """
    call = tally.longest_call()
    if not limit or call is None or call[2] < limit:
        return None
    source, thread, _ = call
    message = f"{source}: The parser did not return within {limit:g} seconds."
    return Failure(kind="hang", message=message, hint="The lines above show where it is."), users_stack(thread)


def exit_code(failure: Failure) -> int:
    """What a process that failed so ends with: 4 for what a user wrote, 10 for the rest."""
    return WRONG if failure.kind in {"configuration", "parser", "hang"} else FAILED
