"""Findings and failures as records."""

import logging
from typing import Protocol

from azda_runtime.problems import Problem, Severity


class Hinted(Protocol):
    """An exception with a hint, as ours are."""

    hint: str


def log_problem(log: logging.Logger, problem: Problem) -> None:
    """Log a finding, with its path and its hint."""
    level = logging.ERROR if problem.severity is Severity.ERROR else logging.WARNING
    log.log(level, "%s: %s", problem.path, problem.message, extra={"hint": problem.hint})


def log_failure(log: logging.Logger, error: Hinted) -> None:
    """Log why something cannot be, with its hint."""
    log.error("%s", error, extra={"hint": error.hint})
