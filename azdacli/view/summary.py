"""What `simulate` left in `summary.json`, as lines for a reader; the file may come from anybody."""

from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any


def lines(summary: Mapping[str, Any]) -> dict[str, list[str]]:
    """Put it into words.

    Args:
        summary: What `simulate --json` prints, as docs/json.md describes it; a part of another type is left out.

    Returns:
        `facts`, how the run went and how long parsers took; `troubles`, what went wrong.
    """
    parsers = [(name, each) for name, each in _members(summary.get("parsers")) if isinstance(each, Mapping)]
    facts = []
    frames, rate = summary.get("frames"), summary.get("framesPerSecond")
    if isinstance(frames, int):
        facts.append(f"{frames} frames" + (f", {rate:.1f} per second" if isinstance(rate, (int, float)) else ""))
    troubles = []
    for name, each in parsers:
        facts.append(f"{PurePath(name).name}: {_times(each)}")
        troubles += [f"{count} x {reason}" for reason, count in _members(each.get("reasons"))]
        troubles += [text for text in (each.get("trace"),) if isinstance(text, str) and text]
    notices = summary.get("notices")
    troubles += [str(each) for each in (notices if isinstance(notices, list) else ())]
    troubles += [str(text) for key, text in _members(summary.get("failure")) if key == "message"]
    return {"facts": facts, "troubles": troubles}


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    yield from value.items() if isinstance(value, Mapping) else ()


def _times(parser: Mapping[str, Any]) -> str:
    calls, failures = parser.get("calls"), parser.get("failures")
    mean, slowest = parser.get("meanMilliseconds"), parser.get("slowestMilliseconds")
    words = [f"{calls} calls"] if isinstance(calls, int) else []
    if isinstance(mean, (int, float)) and isinstance(slowest, (int, float)):
        words.append(f"{mean:.2f} ms a call, the slowest {slowest:.2f} ms")
    if isinstance(failures, int) and failures:
        words.append(f"{failures} failed")
    return ", ".join(words) or "no figures"
