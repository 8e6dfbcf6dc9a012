"""Who may look at the live video, and where the password for it comes from.

A password is set in the module's environment, or stands in a file that a secret was mounted as; where neither is said
one is generated and kept in the state folder, so that no video is ever served without.
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from azda_runtime.problems import InvalidValueError, shown
from dsconfig.redaction import RUN

USERNAME = "AZDA_RTSP_USERNAME"
PASSWORD = "AZDA_RTSP_PASSWORD"  # noqa: S105 # the name of a variable
PASSWORD_FILE = "AZDA_RTSP_PASSWORD_FILE"  # noqa: S105 # the name of a variable
HOST, CERTIFICATE, KEY = "AZDA_RTSP_HOST", "AZDA_RTSP_CERTIFICATE", "AZDA_RTSP_KEY"
PREFIX = "AZDA_RTSP_"
GENERATED = "rtsp-password"
"""The file in the state folder."""

_VIEWER = "viewer"
_LONGEST = 256
_LARGEST_FILE = 4096


@dataclass(frozen=True, kw_only=True, slots=True)
class Access:
    """A user who may look.

    Attributes:
        username: The name.
        password: In no repr.
    """

    username: str
    password: str = field(repr=False)

    def __post_init__(self) -> None:
        if (
            not self.username.isprintable()
            or not 0 < len(self.username) <= _LONGEST
            or set(self.username) & set(':"\\')
        ):
            raise InvalidValueError(
                f"The user name of {USERNAME} cannot be used.", hint='Write it without ":", quotes and backslashes.'
            )
        if not self.password.isprintable() or not 0 < len(self.password) <= _LONGEST:
            raise InvalidValueError(
                "The password for the live video cannot be used.",
                hint=f"Write one line of 1 to {_LONGEST} printable characters.",
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class Certificate:
    """What the RTSP server shows as its own.

    Attributes:
        certificate: A file in PEM, the chain included.
        key: Its private key in PEM; may be the same file.
    """

    certificate: Path
    key: Path


def read_access(environment: Mapping[str, str], generated: Path | None) -> Access:
    """Who may look.

    Args:
        environment: Of the process.
        generated: Where a password is kept that was made up; None where none may be.

    Raises:
        InvalidValueError: A name or a password cannot be used, or a file cannot be read or written.
    """
    username = environment.get(USERNAME) or _VIEWER
    password = environment.get(PASSWORD)
    if not password and environment.get(PASSWORD_FILE):
        password = _password_in(Path(environment[PASSWORD_FILE]))
    if not password and generated is not None:
        password = _made_up(generated)
    if not password:
        raise InvalidValueError(
            "No password is set for the live video.",
            hint=f"Set {PASSWORD} or {PASSWORD_FILE}, or say --anonymous.",
        )
    RUN.add([password])
    return Access(username=username, password=password)


def read_certificate(environment: Mapping[str, str], certificate: Path | None, key: Path | None) -> Certificate | None:
    """What the server presents; None where the video is served without TLS.

    Args:
        environment: Says it where the options do not.
        certificate: As typed.
        key: As typed.
    """
    file = certificate or (Path(environment[CERTIFICATE]) if environment.get(CERTIFICATE) else None)
    if file is None:
        return None
    return Certificate(certificate=file, key=key or Path(environment.get(KEY) or file))


def _password_in(path: Path) -> str:
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST_FILE).decode()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise InvalidValueError(
            f"The password file {shown(str(path), limit=200)} cannot be read: {reason}.",
            hint=f"Mount the secret there, or change {PASSWORD_FILE}.",
        ) from None
    return text.rstrip("\r\n")


def _made_up(path: Path) -> str:
    """The password that was made up at the first start; whoever runs the module may read the file, and nobody else."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return _password_in(path) or _anew(path)
    except OSError as error:
        raise InvalidValueError(
            f"No password can be kept in {shown(str(path), limit=200)}: {error.strerror}.", hint=f"Set {PASSWORD}."
        ) from None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        password = secrets.token_urlsafe(18)
        file.write(f"{password}\n")
    return password


def _anew(path: Path) -> str:
    """Make up another one where a power cut left an empty file."""
    path.unlink(missing_ok=True)
    return _made_up(path)
