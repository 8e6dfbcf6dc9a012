"""A JSON value that knows where it stands, so that each finding names its place."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

from azda_runtime.problems import InvalidValueError, Problem, Severity, did_you_mean, shown

T = TypeVar("T")

MOST_PROBLEMS = 200

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_TEXT_LIMIT = 8192
_SECRET_LIMIT = 512
_NUMBER = re.compile(r"-?[0-9]{1,9}")
_JSON_NAMES = {type(None): "null", bool: "a boolean", str: "text", list: "a list", dict: "an object"}


class Findings:
    """Collects what a reading finds: so many problems, then one sentence instead of all others.

    A document of a megabyte may hold half a million mistakes, each with a path, a sentence and a hint.
    """

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.errors = 0

    @property
    def full(self) -> bool:
        """Whether no more problems are kept, so that there is no point in thinking of hints."""
        return len(self.problems) > MOST_PROBLEMS

    def add(self, problem: Problem) -> None:
        """Keep a problem."""
        self.errors += problem.severity is Severity.ERROR
        if len(self.problems) < MOST_PROBLEMS:
            self.problems.append(problem)
        elif not self.full or self.problems[-1].severity is Severity.WARNING:
            message = f"More than {MOST_PROBLEMS} things are wrong; the others are not listed."
            reported = Problem(path="$", message=message, hint="Correct these first.", severity=problem.severity)
            self.problems[MOST_PROBLEMS:] = [reported]

    @contextmanager
    def attempt(self) -> Iterator["Attempt"]:
        """Watch whether a stretch of reading meets an error."""
        yield Attempt(self)


class Attempt:
    """Says whether errors were found since it was made."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._before = findings.errors

    @property
    def failed(self) -> bool:
        """Whether an error was found since the attempt began."""
        return self._findings.errors > self._before


class Node:
    """One value of the document with its path.

    Each reader returns the value, or None after it has recorded what is wrong.
    """

    __slots__ = ("_findings", "path", "value")

    def __init__(self, value: object, path: str, findings: Findings) -> None:
        self.value = value
        self.path = path
        self._findings = findings

    @property
    def absent(self) -> bool:
        """Whether nothing is configured: null, an empty text or a blank one."""
        return self.value is None or (isinstance(self.value, str) and not self.value.strip())

    def error(self, message: str, hint: str) -> None:
        """Record an error at this place."""
        self._findings.add(Problem(path=self.path, message=message, hint=hint))

    def warning(self, message: str, hint: str) -> None:
        """Record a warning at this place."""
        self._findings.add(Problem(path=self.path, message=message, hint=hint, severity=Severity.WARNING))

    def child(self, key: str, value: object) -> "Node":
        """The value under a key."""
        step = f".{key}" if _NAME.fullmatch(key) else f"[{shown(key)}]"
        return Node(value, f"{self.path}{step}", self._findings)

    def fields(self, known: Mapping[str, str]) -> dict[str, "Node"] | None:
        """The members of an object; keys that mean nothing here are noted.

        Args:
            known: Key -> what it holds, for the hint when the value is not an object.
        """
        if not isinstance(self.value, dict):
            self.error(f"{self._what()} stands where an object is needed.", f"Its keys: {', '.join(known)}.")
            return None
        for key in self.value:
            if key not in known and not str(key).startswith("$") and not self._findings.full:
                self.child(str(key), None).warning(
                    f"The key {shown(str(key))} means nothing here and is ignored.", did_you_mean(str(key), known)
                )
        return {key: self.child(key, self.value.get(key)) for key in known}

    def items(self, what: str) -> Iterable["Node"]:
        """The members of a list, one after the other; none when the value is absent."""
        if self.absent:
            return []
        if not isinstance(self.value, list):
            self.error(f"{self._what()} stands where a list is needed.", f"Write a list of {what}: [ … ].")
            return []
        return (Node(v, f"{self.path}[{i}]", self._findings) for i, v in enumerate(self.value))

    def near(self, word: str, known: Iterable[str]) -> str:
        """The hint for a word that is not among the known ones."""
        return "" if self._findings.full else did_you_mean(word, known)

    def text(self, what: str, *, limit: int = _TEXT_LIMIT) -> str | None:
        """A text without control characters; surrounding blanks are dropped."""
        if self.absent:
            self.error(f"There is no {what}.", f"Write the {what} as text.")
        elif not isinstance(self.value, str):
            self.error(f"{self._what()} stands where the {what} is needed.", "Write it as text, in quotes.")
        elif len(self.value) > limit:
            self.error(f"The {what} has {len(self.value)} characters.", f"At most {limit} are taken.")
        elif not self.value.strip().isprintable():
            self.error(f"The {what} holds characters that cannot be printed.", "Write it without control characters.")
        else:
            return self.value.strip()
        return None

    def secret(self, what: str) -> str | None:
        """A text that is taken as it stands and appears in no message; empty when it is absent."""
        if self.value is None:
            return ""
        if (
            isinstance(self.value, str)
            and len(self.value) <= _SECRET_LIMIT
            and (not self.value or self.value.isprintable())
        ):
            return self.value
        self.error(
            f"The {what} is not text that can be typed.", f"Write it as text of {_SECRET_LIMIT} characters at most."
        )
        return None

    def flag(self, *, default: bool) -> bool:
        """A boolean, also as a text; anything else is recorded and counts as the default."""
        if self.absent:
            return default
        if isinstance(self.value, bool):
            return self.value
        word = self.value.strip().lower() if isinstance(self.value, str) else ""
        if word in {"true", "false"}:
            self.warning("A text stands where true or false is meant.", f"Write {word}, without quotes.")
            return word == "true"
        self.error(f"{self._what()} stands where true or false is needed.", "Write true or false, without quotes.")
        return default

    def whole(self, what: str) -> int | None:
        """A whole number, also as a text of digits."""
        value = self.value
        if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
            return int(value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**9:
            return value
        self.error(f"{self._what()} stands where {what} is needed.", "Write a whole number.")
        return None

    def number(self, what: str) -> float | None:
        """A finite number."""
        if isinstance(self.value, int | float) and not isinstance(self.value, bool) and abs(self.value) < 10**9:
            return float(self.value)
        self.error(f"{self._what()} stands where {what} is needed.", "Write a number.")
        return None

    def built(self, make: Callable[[], T]) -> T | None:
        """Make a value; when it refuses to exist, record why."""
        try:
            return make()
        except InvalidValueError as refusal:
            self.error(str(refusal), refusal.hint)
            return None

    def _what(self) -> str:
        name = _JSON_NAMES.get(type(self.value), "a number")
        return name[0].upper() + name[1:] if name != "null" else "Nothing"
