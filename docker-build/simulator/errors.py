"""The errors that a program on the simulator can get.

SimulatorError
├── ConfigurationError   a configuration file or a property that NVIDIA's element refuses as well
├── ModelError           a model that cannot run as it is configured
└── NotSimulatedError    something that DeepStream does and this simulator does not
"""


class SimulatorError(Exception):
    """A failure that the program's author can act on.

    Args:
        message: One sentence that names the thing that failed.
        hint: What to do next.
    """

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message if hint is None else f"{message}\n{hint}")
        self.message = message
        self.hint = hint


class ConfigurationError(SimulatorError):
    """A configuration file or a property that NVIDIA's element refuses as well."""


class ModelError(SimulatorError):
    """A model that cannot run as it is configured."""


class NotSimulatedError(SimulatorError):
    """Something that DeepStream does and this simulator does not."""
