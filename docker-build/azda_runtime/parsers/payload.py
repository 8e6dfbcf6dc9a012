"""The message that a parser returns: any JSON, made plain."""

import json
from collections.abc import Sequence
from typing import Any

from azda_runtime.parsers.failures import Breach, Part

# One message goes to IoT Hub, which takes 256 KiB with the detections around it.
LONGEST_MESSAGE = 128 * 1024


class ResultError(Exception):
    """A parser returned what its contract does not allow.

    Args:
        breaches: All that is wrong with it.
    """

    def __init__(self, breaches: Sequence[Breach]) -> None:
        super().__init__(" ".join(b.message for b in breaches))
        self.breaches = tuple(breaches)


def plain(message: object) -> Any:
    """A message as plain JSON data of its own, so that a parser may go on changing what it returned.

    Raises:
        ResultError: It is not JSON, or too long.
    """
    if message is None or isinstance(message, bool | int):
        return message
    hint = "Return what json.dumps takes: turn numpy arrays into lists with .tolist(), numpy numbers with float()."
    try:
        text = json.dumps(message, allow_nan=False)
    except RecursionError:
        message = "The message is nested without end."
        raise ResultError([Breach(message=message, hint=hint, part=Part.MESSAGE)]) from None
    except Exception as error:  # noqa: BLE001 # a user's object may fail at anything
        # json raises ValueError for NaN and infinity, TypeError for what it does not know
        part = Part.MESSAGE_VALUES if isinstance(error, ValueError) else Part.MESSAGE
        raise ResultError([Breach(message=f"The message is not JSON: {error}.", hint=hint, part=part)]) from None
    if len(text) > LONGEST_MESSAGE:
        raise ResultError(
            [
                Breach(
                    message=f"The message has {len(text)} bytes.",
                    hint=f"IoT Hub takes messages up to {LONGEST_MESSAGE} bytes from a parser.",
                    part=Part.MESSAGE_VALUES,
                )
            ]
        )
    return json.loads(text)
