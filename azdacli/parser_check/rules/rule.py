"""What a rule is."""

import re
from dataclasses import dataclass
from enum import Enum

_ID = re.compile(r"AZ\d{3}")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Severity(Enum):
    """How bad it is, the worst first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One thing that a parser, a configuration or a model can get wrong.

    Attributes:
        id: `AZ` and three digits; the first digit is the family.
        name: A few words with dashes, as good as the id in `# azda: ignore[...]`.
        severity: What a finding of this rule is when the checker is sure.
        title: One sentence that says what is right.
        why: What happens on the device when it is wrong.
        cure: What to do.
        bad: A few lines that break the rule.
        good: The same lines in order.
    """

    id: str
    name: str
    severity: Severity
    title: str
    why: str
    cure: str
    bad: str = ""
    good: str = ""

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id) or not _NAME.fullmatch(self.name):
            raise ValueError(f"'{self.id}' or '{self.name}' is not a valid rule name")
        if not (self.title and self.why and self.cure):
            raise ValueError(f"{self.id} does not explain itself")
