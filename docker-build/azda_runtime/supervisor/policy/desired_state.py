"""What is wished for, gathered from all that arrives; what cannot be read changes nothing."""

import json
from dataclasses import dataclass, field

from azda_runtime.problems import InvalidValueError, Problem, shown
from azda_runtime.settings import Reading, Settings, loads
from azda_runtime.settings.parsing import parse_json
from azda_runtime.settings.recording import RecordingOptions, read_recording_options, read_start_recording

CONFIGURATION = "azdaConfiguration"
CONTROLLER = "controller"
RECORDING = "recordinginput"


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What an arrival led to.

    Attributes:
        settings: The configuration that holds from now on; None when it stays as it was.
        options: Whether recordings are cut otherwise from now on.
        recordings: Pipeline -> whether it records from now on.
        problems: What is wrong with what arrived.
        refused: Whether a configuration arrived that cannot be used at all: the one before holds.
    """

    settings: Settings | None = None
    options: bool = False
    recordings: dict[str, bool] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    refused: bool = False


class DesiredState:
    """All that is wished for now.

    Attributes:
        settings: The configuration that holds, nothing before the first.
        options: How recordings are cut.
        problems: What is wrong with the last configuration and the last options that arrived.
        known: Whether any configuration was taken.
    """

    def __init__(self) -> None:
        self.settings = Settings(enabled=False)
        self.options = RecordingOptions()
        self.known = False
        self._of_configuration: tuple[Problem, ...] = ()
        self._of_options: tuple[Problem, ...] = ()
        self._last_desired: str | None = None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong, by what arrived last."""
        return self._of_configuration + self._of_options

    def message(self, name: str, text: bytes) -> Outcome:
        """Take a message that came to an input; never raises for what is in it.

        Args:
            name: ``Controller``, with an azdaConfiguration or an object whose azdaConfiguration it is; or
                ``recordingInput``, with ``{"startRecording": [{"configId": …, "state": …}]}``.
            text: The message.
        """
        if name.lower() == CONTROLLER:
            return self._configured(text)
        if name.lower() == RECORDING:
            return _recordings(text)
        message = f"A message arrived at the input {shown(name)}, which does not exist."
        return Outcome(problems=(Problem(path="$", message=message, hint="Inputs: Controller, recordingInput."),))

    def desired(self, properties: object) -> Outcome:
        """Take desired properties as they are now; never raises for what is in them.

        A configuration is taken when it differs from the one that came with the properties before; where there is
        none, the one before holds.
        """
        if not isinstance(properties, dict):
            hint = f"Write an object whose key is {CONFIGURATION}."
            problem = Problem(path="$", message="The desired properties are not an object.", hint=hint)
            self._of_configuration = (problem,)
            return Outcome(problems=(problem,), refused=True)
        before = self.options
        self.options, self._of_options = read_recording_options(properties, before)
        text = _text_of(properties.get(CONFIGURATION))
        outcome = Outcome()
        # A patch of something else must not undo what the controller sent in between.
        if text is not None and text != self._last_desired:
            self._last_desired = text
            outcome = self._configured(text)
        return Outcome(
            settings=outcome.settings,
            options=self.options != before,
            problems=outcome.problems + self._of_options,
            refused=outcome.refused,
        )

    def _configured(self, text: str | bytes) -> Outcome:
        reading = loads(text)
        self._of_configuration = reading.problems
        if _is_unreadable(reading):
            return Outcome(problems=reading.problems, refused=True)
        self.settings, self.known = reading.settings, True
        return Outcome(settings=self.settings, problems=reading.problems)


def _text_of(value: object) -> str | None:
    """A configuration as JSON text; None without a configuration, and broken text when it is not data at all."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, str):
        return value
    try:
        return json.dumps(value)
    except (RecursionError, TypeError, ValueError):
        return "["  # what cannot be written cannot be read either


def _is_unreadable(reading: Reading) -> bool:
    """Whether nothing at all could be read; a configuration that says enable: false has no errors."""
    return not reading.settings.enabled and bool(reading.errors)


def _recordings(text: bytes) -> Outcome:
    try:
        wanted, problems = read_start_recording(parse_json(text))
    except InvalidValueError as error:
        return Outcome(problems=(Problem(path="$", message=str(error), hint=error.hint),))
    return Outcome(recordings=wanted, problems=problems)
