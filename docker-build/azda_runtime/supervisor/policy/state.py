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
STALE_SECONDS = 35.0

# TensorRT takes up to half an hour to build an engine on a Jetson; what starts for longer hangs.
_LONGEST_START = 3600.0

_WELL = {Phase.STARTING.value, Phase.PLAYING.value, Phase.STOPPED.value}
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
# What others said, and words of ours in it, which a camera's password of that name may not change.
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
        pid: Its process, None when there is none.
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
        told: dict[str, Any] = {
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
        return {key: value for key, value in told.items() if value not in (None, [], {})}


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
        pictures: Why nobody can look at the pictures, empty when they are served.
        troubles: What else was promised and does not happen: what, problem, severity, and a hint where there is one.
    """
    told = [{key: _short(text) for key, text in each.items()} for each in troubles[:_MOST_TROUBLES]]
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
        **({"troubles": told} if told else {}),
        # A list: in a twin the names of properties may hold neither dots nor blanks, which ids may.
        "pipelines": [each.as_json() for each in pipelines],
    }


def reportable(state: Mapping[str, Any]) -> dict[str, Any]:
    """What somebody far away is shown: without what changes all the time, and small enough for a module twin.

    A twin's reported properties take 32 KB; less and less is told until it is half of that.
    """
    pipelines = [{k: v for k, v in each.items() if k not in _NOT_REPORTED} for each in state["pipelines"]]
    for problems, keys, count in _LESS_AND_LESS:
        told = [{k: v for k, v in each.items() if k not in keys} for each in pipelines[:count]]
        shown = {**state, "problems": state["problems"][:problems], "pipelines": told}
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


def verdict(found: Any, *, now: float) -> tuple[bool, str]:
    """Whether all is well, and one sentence.

    Args:
        found: The state file's content, which anybody may have written.
        now: Seconds of the same clock as its ``monotonic``: the machine's, which no correction of the time moves.
    """
    try:
        age = now - float(found["monotonic"])
        pipelines = list(found["pipelines"])
        states = {str(each["id"]): str(each["state"]) for each in pipelines}
        configured = bool(found["configured"])
        broken = _broken_promises(found)
    except (AttributeError, KeyError, TypeError, ValueError):
        return False, "The state file is none."
    if not 0 <= age <= STALE_SECONDS:
        return False, f"The supervisor has not told its state for {age:.0f} seconds: it hangs or is gone."
    bad = next((each for each in pipelines if states[str(each["id"])] not in _WELL), None)
    if bad is not None:
        return False, _told(bad)
    if broken:
        return False, broken[0]
    if not states:
        return True, "No pipeline is wanted." if configured else "There is no configuration yet."
    return True, f"All is well: {', '.join(f'{name} is {state}' for name, state in states.items())}."


def _broken_promises(found: Mapping[str, Any]) -> list[str]:
    """What was promised beside pipelines that play, and does not happen."""
    troubles = [each for each in found.get("troubles", ()) if each.get("severity") != Severity.WARNING.value]
    recordings = [(each["id"], each.get("recording", {}).get("problem")) for each in found["pipelines"]]
    pictures = found.get("pictures")
    errors = [each for each in found["problems"] if each["severity"] == Severity.ERROR.value]
    hanging = [each for each in found["pipelines"] if _starts_for(each, found) > _LONGEST_START]
    return [
        *(f"{each['id']} has been starting since {each['since']}: it hangs." for each in hanging),
        *(str(each["problem"]) for each in troubles),
        *(f"{name} plays, and its recording failed: {problem}" for name, problem in recordings if problem),
        *([f"Nobody can look at the pictures: {pictures['problem']}"] if pictures else []),
        *(f"The configuration has an error at {each.get('path')}: {each.get('message')}" for each in errors),
    ]


def _starts_for(pipeline: Mapping[str, Any], found: Mapping[str, Any]) -> float:
    """For how many seconds a pipeline had been starting when the state was written."""
    if pipeline.get("state") != Phase.STARTING.value:
        return 0.0
    since, written = (str(each).replace("Z", "+00:00") for each in (pipeline.get("since"), found.get("written")))
    try:
        return (datetime.fromisoformat(written) - datetime.fromisoformat(since)).total_seconds()
    except (TypeError, ValueError):
        return 0.0


def moment(seconds: float) -> str:
    """A time as text, in UTC."""
    return datetime.fromtimestamp(seconds, tz=timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _told(pipeline: Mapping[str, Any]) -> str:
    failure = pipeline.get("failure")
    why = f": {failure.get('message')}" if isinstance(failure, dict) else "."
    if pipeline["state"] == Phase.RECONNECTING.value:
        silent = pipeline.get("silent")
        why = f": no frames from {', '.join(map(str, silent if isinstance(silent, list) else []))}."
    return f"{pipeline['id']} is {pipeline['state']}{why}"


def _short(text: str) -> str:
    """A text as it may be shown. The state is made at each event, and its texts stay the same for hours."""
    return _cached(text) if len(text) <= _LONGEST_CACHED else _cut(text)


@lru_cache(maxsize=256)
def _cached(text: str) -> str:
    return _cut(text)


def _cut(text: str) -> str:
    text = str(redacted(text))  # before it is cut: half of an address would not be known as one
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
