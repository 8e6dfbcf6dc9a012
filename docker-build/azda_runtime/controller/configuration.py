"""What a twin's desired properties say to the pipelines."""

import json
from dataclasses import dataclass

from azda_runtime.problems import InvalidValueError, Problem
from azda_runtime.settings import read
from azda_runtime.settings.parsing import parse_json

CONFIGURATION = "azdaConfiguration"

_PATH = f"$.{CONFIGURATION}"
_OBJECT = "Write an object with platform and components."


@dataclass(frozen=True, kw_only=True, slots=True)
class Configuration:
    """A configuration as it is forwarded.

    Attributes:
        text: The message, one JSON object; None when there is nothing that a pipeline could read.
        pipelines: How many of its pipelines can run.
        enabled: Whether it says that pipelines shall run.
        problems: What is wrong with it. A pipeline runs what is right, so it is forwarded all the same.
    """

    text: str | None = None
    pipelines: int = 0
    enabled: bool = False
    problems: tuple[Problem, ...] = ()


def read_desired(properties: object) -> Configuration:
    """Find the configuration in desired properties; never raises for what is in them."""
    if not isinstance(properties, dict):
        hint = f"Write an object whose key is {CONFIGURATION}."
        return Configuration(
            problems=(Problem(path="$", message="The desired properties are not an object.", hint=hint),)
        )
    value = properties.get(CONFIGURATION)
    if value is None:
        return Configuration()
    try:
        document = parse_json(value) if isinstance(value, str) else value
        text = json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except InvalidValueError as error:
        return Configuration(problems=(Problem(path=_PATH, message=str(error), hint=error.hint),))
    except (RecursionError, TypeError, ValueError):
        problem = Problem(path=_PATH, message=f"{CONFIGURATION} is not JSON.", hint=_OBJECT)
        return Configuration(problems=(problem,))
    if not isinstance(document, dict):
        problem = Problem(path=_PATH, message=f"{CONFIGURATION} is not an object.", hint=_OBJECT)
        return Configuration(problems=(problem,))
    reading = read(document)
    settings = reading.settings
    pipelines = len(settings.pipelines) if settings.enabled else 0
    return Configuration(text=text, pipelines=pipelines, enabled=settings.enabled, problems=reading.problems)
