"""How a pipeline fails."""


class PipelineError(Exception):
    """A pipeline cannot be assembled or started, or ended with an error.

    Args:
        message: One sentence that names the thing.
        hint: What to do next.
    """

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint
