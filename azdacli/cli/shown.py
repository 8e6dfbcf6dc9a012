"""The one way of a text to a user's terminal: without secrets, and with nothing in it that steers the terminal."""

import os
from pathlib import Path

from azdacli.util import files
from dsconfig.printable import printable
from dsconfig.redaction import RUN, is_secret_name


def shown(text: str) -> str:
    """A line of the log as it is printed."""
    return printable(RUN.redacted(text))


def learn_environment() -> None:
    """Remember the secrets of the environment, which errors of others may repeat.

    A path is not secret, whatever its variable is called (PWD, GOOGLE_APPLICATION_CREDENTIALS): a message that hides it
    would name nothing.
    """
    RUN.add(value for name, value in os.environ.items() if is_secret_name(name) and not _is_path(value))


def _is_path(value: str) -> bool:
    return Path(value).is_absolute() and files.exists(Path(value))
