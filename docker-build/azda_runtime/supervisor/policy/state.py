"""The state that the health check reads and the hub shows: bounded, and without secrets."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any

from azda_runtime.problems import Problem, Severity
from azda_runtime.supervisor.policy.failure import Failure
from azda_runtime.supervisor.policy.lifecycle import Phase
from dsconfig.redaction import redacted

# Written at each change and each ten seconds.
WRITE_SECONDS = 10.0


_MOST_PROBLEMS = 20
_LARGEST_REPORT = 16_000
_NOT_REPORTED = {"lastMessage", "pid"}
# How many problems, what to leave out of pipelines, how many of those.
_LESS_AND_LESS: tuple[tuple[int, frozenset[str], int], ...] = (
    (_MOST_PROBLEMS, frozenset(), 100),
    (5, frozenset({"silent"}), 100),
    (1, frozenset({"silent", "failure", "model"}), 100),
    (0, frozenset({"silent", "failure", "model", "since", "recording"}), 50),
)
_MOST_SILENT = 16
# What others said, and terms of ours in it, which a camera's password of that name may not change.
_FREE = frozenset({"failure", "silent", "recording", "model"})
_WORDS = frozenset({"severity", "kind", "state"})
_MOST_TROUBLES = 6
_LONGEST = 300
_LONGEST_CACHED = 8192


@dataclass(frozen=True, kw_only=True, slots=True)
class PipelineState:
    """How one pipeline does.

    Attributes:
        id: Its name.
        phase: Where it stands.
        since: Since when, in seconds since 1970.
        restarts: How often it was started again after a failure.
        pid: Its process; None when none runs.
        last_message: When its last message came, in seconds since 1970; None when there was none.
        failure: Why it last failed.
        silent: The sensors that give no frames.
        recording: What its recorder says: state, files, problem; empty when it said nothing.
        model: The digest of the model archive in use, and what is wrong with a newer one.
    """

    id: str
    phase: Phase
    since: float
    restarts: int = 0
    pid: int | None = None
    last_message: float | None = None
    failure: Failure | None = None
    silent: Sequence[str] = ()
    recording: Mapping[str, Any] = field(default_factory=dict)
    model: Mapping[str, str] | None = None

    def as_json(self) -> dict[str, Any]:
        """The state as plain data; what is not known is left out."""
        reported: dict[str, Any] = {
            "id": self.id,
            "state": self.phase.value,
            "since": moment(self.since),
            "restarts": self.restarts,
            "pid": self.pid,
            "lastMessage": None if self.last_message is None else moment(self.last_message),
            "failure": self.failure and {k: _short(v) for k, v in self.failure.as_json().items()},
            "silent": [_short(name) for name in self.silent[:_MOST_SILENT]],
            "recording": {k: _short(str(v)) if k == "problem" else v for k, v in self.recording.items() if v},
            "model": self.model and {k: _short(v) for k, v in self.model.items()},
        }
        return {key: value for key, value in reported.items() if value not in (None, [], {})}


def document(  # noqa: PLR0913 # each is a part of the document
    pipelines: Iterable[PipelineState],
    problems: Sequence[Problem],
    *,
    since: float,
    configured: bool,
    enabled: bool,
    pictures: str = "",
    troubles: Sequence[Mapping[str, str]] = (),
) -> dict[str, Any]:
    """The whole state.

    Args:
        pipelines: What is wanted or still runs.
        problems: What is wrong with the configuration.
        since: When the supervisor started, in seconds since 1970.
        configured: Whether any configuration was taken.
        enabled: Whether it says that pipelines shall run.
        pictures: Why nobody can watch the video; empty when it is served.
        troubles: What else was promised and does not happen: what, problem, severity, and a hint where there is one.
    """
    reported = [{key: _short(text) for key, text in each.items()} for each in troubles[:_MOST_TROUBLES]]
    return {
        "since": moment(since),
        "configured": configured,
        "enabled": enabled,
        "problems": [
            {"path": _short(p.path), "message": _short(p.message), "severity": p.severity.value}
            for p in sorted(problems, key=lambda p: p.severity is not Severity.ERROR)[:_MOST_PROBLEMS]
        ],
        "problemCount": len(problems),
        **({"pictures": {"problem": _short(pictures)}} if pictures else {}),
        **({"troubles": reported} if reported else {}),
        # A list: in a twin the names of properties may hold neither dots nor blanks, which ids may.
        "pipelines": [each.as_json() for each in pipelines],
    }


def reportable(state: Mapping[str, Any]) -> dict[str, Any]:
    """What somebody far away is shown: without what changes all the time, and small enough for a module twin.

    A twin's reported properties take 32 KB; details are left out until it is half of that.
    """
    pipelines = [{k: v for k, v in each.items() if k not in _NOT_REPORTED} for each in state["pipelines"]]
    for problems, keys, count in _LESS_AND_LESS:
        reported = [{k: v for k, v in each.items() if k not in keys} for each in pipelines[:count]]
        shown = {**state, "problems": state["problems"][:problems], "pipelines": reported}
        if len(json.dumps(shown)) <= _LARGEST_REPORT:
            break
    return shown


def without_secrets(state: Mapping[str, Any], hide: Callable[[str], str]) -> dict[str, Any]:
    """The state with its free texts redacted; what a pipeline is called and how it does stays as it is.

    Args:
        state: As `document` makes it.
        hide: Takes secrets out of a text.
    """
    pipelines = [
        {key: _texts(value, hide) if key in _FREE else value for key, value in each.items()}
        for each in state["pipelines"]
    ]
    free = {key: _texts(state[key], hide) for key in ("problems", "pictures", "troubles") if key in state}
    return {**state, **free, "pipelines": pipelines}


def _texts(value: Any, hide: Callable[[str], str]) -> Any:
    if isinstance(value, Mapping):
        return {key: item if key in _WORDS else _texts(item, hide) for key, item in value.items()}
    if isinstance(value, list):
        return [_texts(item, hide) for item in value]
    return hide(value) if isinstance(value, str) else value


def moment(seconds: float) -> str:
    """A time as text, in UTC."""
    return datetime.fromtimestamp(seconds, tz=timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _short(text: str) -> str:
    """A text as it may be shown. The state is made at each event, and its texts stay the same for hours."""
    return _cached(text) if len(text) <= _LONGEST_CACHED else _cut(text)


@lru_cache(maxsize=256)
def _cached(text: str) -> str:
    return _cut(text)


def _cut(text: str) -> str:
    text = str(redacted(text))  # before it is cut: half of an address would not be known as one
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
