"""What routes can name: the output and the inputs of a module."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Endpoints:
    """The output that messages leave by, and the inputs that are read; those of a pipeline by default.

    Attributes:
        output: As in ``/messages/modules/MODULE/outputs/OUTPUT``.
        inputs: As in ``/modules/MODULE/inputs/INPUT``; upper and lower case do not matter.
        methods: Direct methods that can be called, by their exact names.
    """

    output: str = "inference"
    inputs: tuple[str, ...] = ("Controller", "recordingInput")
    methods: tuple[str, ...] = ()
