"""Why a model archive was not taken."""


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
