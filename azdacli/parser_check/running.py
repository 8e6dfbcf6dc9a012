"""What a parser's run found, as findings: the child says a rule's name and a sentence, this knows the rule."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from azdacli.parser_check.finding import Certainty, Finding, Span
from azdacli.parser_check.rules import Rule, reading, running

RULES: Mapping[str, Rule] = {
    "load": running.LOAD,
    "raises": running.RAISES,
    "result-count": running.RESULT_COUNT,
    "result-boxes": running.RESULT_BOXES,
    "result-class-ids": running.RESULT_CLASS_IDS,
    "class-without-label": running.CLASS_WITHOUT_LABEL,
    "result-scores": running.RESULT_SCORES,
    "result-counts": running.RESULT_COUNTS,
    "result-message": running.RESULT_MESSAGE,
    "score-range": running.SCORE_RANGE,
    "box-scale": running.BOX_SCALE,
    "box-outside": running.BOX_OUTSIDE,
    "box-elsewhere": running.BOX_ELSEWHERE,
    "class-wrong": running.CLASS_WRONG,
    "objects-lost": running.OBJECTS_LOST,
    "deed-streams": running.DEED_STREAMS,
    "input-changed": running.INPUT_CHANGED,
    "state": running.STATE,
    "streams-mixed": running.STREAMS_MIXED,
    "growth": running.GROWTH,
    "slow": running.SLOW,
    "metadata": running.METADATA,
    "metadata-wrong": running.METADATA_WRONG,
    "not-finite": running.NOT_FINITE,
    "missing-layer": running.MISSING_LAYER,
    "ended": running.ENDED,
    "hangs": running.HANGS,
    "memory": running.MEMORY,
    "deed-process": running.DEED_PROCESS,
    "deed-socket": running.DEED_SOCKET,
    "deed-file": running.DEED_FILE,
    "deed-tracing": running.DEED_TRACING,
    "deed-native": running.DEED_NATIVE,
    "threads": running.THREADS,
    "replay": running.REPLAY,
}


def finding(path: Path, reported: Mapping[str, Any], *, shown_by: str = "") -> Finding:
    """One finding of a run.

    Args:
        path: The parser's file.
        reported: What the child said: `rule`, `message`, `cure`, `line` and `sure`.
        shown_by: The command that shows it again.
    """
    rule = RULES[reported["rule"]]
    text = _line(path, int(reported.get("line") or 1))
    cure = str(reported.get("cure") or rule.cure)
    return Finding(
        rule=rule,
        message=" ".join(str(reported["message"]).split())[:600],
        cure=f"{cure} It shows again with: {shown_by}" if shown_by else cure,
        path=path,
        span=Span.of_line(text[0], text[1]),
        source=text[1],
        certainty=Certainty.SURE if reported.get("sure", True) else Certainty.CANNOT_TELL,
    )


def not_run(path: Path, reason: str, hint: str | None) -> Finding:
    """Say in the report that a parser was not run, so that nobody takes it for one that passed."""
    reason = reason.removeprefix(f"'{path.name}' cannot be run: ")
    return Finding(
        rule=reading.CANNOT_TELL,
        message=" ".join(f"the parser was not run: {reason}".split())[:600],
        cure=hint or "Correct the configuration, and run the parser again.",
        path=path,
        certainty=Certainty.CANNOT_TELL,
    )


def _line(path: Path, number: int) -> tuple[int, str]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return 1, ""
    return (number, lines[number - 1]) if 1 <= number <= len(lines) else (1, lines[0] if lines else "")
