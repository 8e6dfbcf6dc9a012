"""Loads one parser and prints the result as one JSON object: `check` runs this as a child process.

A parser may end its process, crash it or never come back; here that costs nothing but this process.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from azda_runtime.parsers.contract import Role, breaches, label_list, role_of
from azda_runtime.parsers.failures import Breach, ParserFailure
from azda_runtime.parsers.loader import load


def main(arguments: Sequence[str]) -> int:
    """Load the parser that is named and print what it is."""
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the parser prints belongs to the log, and so does what compiled code prints
    json.dump(reported(Path(arguments[0])), answer)
    answer.close()
    return 0


def reported(path: Path) -> dict[str, object]:
    """What the parser is, or all that is wrong with it."""
    try:
        module = load(path)
    except ParserFailure as failure:
        return {"role": None, "problems": _plain(failure.breaches), "trace": failure.trace}
    role = role_of(module)
    answer: dict[str, object] = {
        "role": role.value if role else None,
        "problems": _plain(breaches(module)),
        "trace": "",
    }
    if role is Role.PRIMARY:
        answer["labels"] = len(label_list(getattr(module, "labels", None)) or ())
    return answer


def _plain(found: Sequence[Breach]) -> list[dict[str, str]]:
    return [{"message": b.message, "hint": b.hint} for b in found]
