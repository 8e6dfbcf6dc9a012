"""Why a model archive was not taken."""


class ModelError(Exception):
    """A model archive cannot be had or cannot be trusted.

    Args:
        message: One sentence; never holds the query of an address, which may carry a token.
        hint: What to do about it.
    """

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.hint = hint
