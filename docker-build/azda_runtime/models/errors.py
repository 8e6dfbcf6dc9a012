"""Why a model archive was not taken."""

from collections.abc import Mapping


class ModelError(Exception):
    """A model archive cannot be had or cannot be trusted.

    Args:
        message: One sentence; never holds the query of an address, which may carry a token.
        hint: What to do about it.
        passing: Whether it may go well a little later: the network was away.
    """

    def __init__(self, message: str, *, hint: str, passing: bool = False) -> None:
        super().__init__(message)
        self.hint = hint
        self.passing = passing

    def as_json(self) -> dict[str, str | bool]:
        """The failure as plain data, for the process that asked for the archive."""
        return {"message": str(self), "hint": self.hint, "passing": self.passing}

    @classmethod
    def of(cls, plain: Mapping[str, object]) -> "ModelError":
        """Read it back."""
        return cls(str(plain.get("message")), hint=str(plain.get("hint", "")), passing=plain.get("passing") is True)


class PassingError(Exception):
    """An attempt to fetch an archive failed in a way that another may not."""
