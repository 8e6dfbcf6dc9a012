"""How a user's parser fails, and the part of the traceback that its author needs."""

import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

_OURS = str(Path(__file__).parent.parent)
_MACHINERY = "<frozen importlib"
_LONGEST = 16_000


class FailureKind(Enum):
    """What went wrong."""

    LOADING = "loading"
    CONTRACT = "contract"
    RAISED = "raised"
    RESULT = "result"


class Part(Enum):
    """What of a result is wrong; its form, or values that depend on what the model gave."""

    VALUES = "values"
    BOXES = "boxes"
    BOX_VALUES = "box-values"
    CLASS_IDS = "class-ids"
    CLASS_RANGE = "class-range"
    SCORES = "scores"
    SCORE_VALUES = "score-values"
    COUNTS = "counts"
    MESSAGE = "message"
    MESSAGE_VALUES = "message-values"


@dataclass(frozen=True, kw_only=True, slots=True)
class Breach:
    """One way in which a parser breaks its contract.

    Attributes:
        message: One sentence.
        hint: What to do.
        part: What of a result it is about; None for all else.
    """

    message: str
    hint: str
    part: Part | None = None


class ParserFailure(Exception):  # noqa: N818 # a failure of the user's code, which the pipeline outlives
    """A user's parser cannot be used, or not for this frame.

    Args:
        parser: The file or the name of the parser.
        kind: What went wrong.
        breaches: All that is wrong, one sentence each.
        trace: The traceback through the user's own code; empty when no line of it is the user's.
    """

    def __init__(self, parser: str, kind: FailureKind, breaches: Sequence[Breach], *, trace: str = "") -> None:
        super().__init__(f"{parser}: {' '.join(b.message for b in breaches)}")
        self.parser = parser
        self.hint = " ".join(dict.fromkeys(breach.hint for breach in breaches))
        self.kind = kind
        self.breaches = tuple(breaches)
        self.trace = trace


def raised(parser: str, kind: FailureKind, doing: str, error: BaseException) -> ParserFailure:
    """The failure that an exception in a user's code makes.

    Args:
        parser: The file or the name of the parser.
        kind: Whether it happened while loading or later.
        doing: What was being done, as "parse_det_model" or "loading the file".
        error: What was raised.
    """
    try:
        said = str(error).strip()
    except Exception:  # noqa: BLE001 # a user's exception may fail at anything, even at this
        said = "(its text cannot be had)"
    summary = f"{type(error).__name__}: {said[:500]}" if said else type(error).__name__
    message = f"{doing} raised {summary}"
    hint = "The traceback shows the line in your code."
    return ParserFailure(parser, kind, [Breach(message=message, hint=hint)], trace=users_traceback(error))


def users_traceback(error: BaseException) -> str:
    """Format an exception with the frames of the user's code alone: ours and the import system's are cut."""
    try:
        reported = traceback.TracebackException.from_exception(error)
        _keep_users_frames(reported)
        text = "".join(reported.format())
    except Exception:  # noqa: BLE001 # as above
        return type(error).__name__
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]}\n[…]\n{text[-_LONGEST // 2 :]}"


def users_stack(thread: int) -> str:
    """Where a thread is right now, the user's frames alone; empty when it has ended.

    Args:
        thread: Its ``threading.get_ident()``.
    """
    frame = sys._current_frames().get(thread)  # noqa: SLF001 # the one way to see another thread
    if frame is None:
        return ""
    return "".join(traceback.format_list([f for f in traceback.extract_stack(frame) if not _is_ours(f.filename)]))


def _is_ours(filename: str) -> bool:
    return filename.startswith((_OURS, _MACHINERY))


def _keep_users_frames(reported: traceback.TracebackException) -> None:
    seen: set[int] = set()
    waiting = [reported]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        one.stack = traceback.StackSummary.from_list([f for f in one.stack if not _is_ours(f.filename)])
        waiting.extend(linked for linked in (one.__cause__, one.__context__) if linked is not None)
