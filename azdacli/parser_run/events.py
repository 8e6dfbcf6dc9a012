"""What a child may say. The parser runs in it and can write there too, so nothing of it is taken on trust."""

from collections.abc import Callable, Mapping
from typing import Any

from azdacli.parser_check import running
from azdacli.parser_run.taken import is_name

MOST = 5_000
MOST_LABELS = 10_000


def read(event: object) -> Mapping[str, Any] | None:
    """The event, None where it is not one that our child writes."""
    if not isinstance(event, dict):
        return None
    kind = event.get("event")
    check = _KINDS.get(kind) if isinstance(kind, str) else None
    return event if check is not None and check(event) else None


def _finding(event: Mapping[str, Any]) -> bool:
    line = event.get("line", 1)
    return (
        event.get("rule") in running.RULES
        and isinstance(event.get("message"), str)
        and isinstance(event.get("cure", ""), str)
        and (line is None or isinstance(line, int))
        and _input(event.get("input", ""))
    )


def _begun(event: Mapping[str, Any]) -> bool:
    return _input(event.get("name")) and isinstance(event.get("about"), str)


def _impossible(event: Mapping[str, Any]) -> bool:
    return isinstance(event.get("message"), str) and isinstance(event.get("hint"), str)


def _limits(event: Mapping[str, Any]) -> bool:
    lacking = event.get("lacking")
    return isinstance(lacking, list) and all(isinstance(each, str) for each in lacking)


def _labels(event: Mapping[str, Any]) -> bool:
    labels = event.get("labels")
    return isinstance(labels, list) and len(labels) <= MOST_LABELS and all(isinstance(each, str) for each in labels)


def _end(event: Mapping[str, Any]) -> bool:
    return all(isinstance(value, int | float) for name, value in event.items() if name != "event")


def _alive(_: Mapping[str, Any]) -> bool:
    return True


def _input(name: object) -> bool:
    """Whether it is an input's name, which becomes part of a file's; empty where there is no input."""
    return isinstance(name, str) and (not name or is_name(name))


_KINDS: Mapping[str, Callable[[Mapping[str, Any]], bool]] = {
    "finding": _finding,
    "input": _begun,
    "impossible": _impossible,
    "limits": _limits,
    "labels": _labels,
    "end": _end,
    "alive": _alive,
}
