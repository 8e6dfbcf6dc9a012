"""Which broker, as whom, and under which topics."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from azda_runtime.problems import InvalidValueError, shown

DEFAULT_NAME = "ai-pipeline"

_PORTS = {"mqtt": 1883, "mqtts": 8883}
_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
_LONGEST_PREFIX = 200
_HINT = "Write mqtts://HOST or mqtts://HOST:PORT; mqtt:// speaks without TLS."


@dataclass(frozen=True, kw_only=True, slots=True)
class Topics:
    """What is published and subscribed to; docs/mqtt.md says what travels there.

    Attributes:
        prefix: What they all begin with.
    """

    prefix: str

    def __post_init__(self) -> None:
        """Refuse what no topic can begin with.

        Raises:
            InvalidValueError: A wildcard, an empty level or a control character.
        """
        levels = self.prefix.split("/")
        plain = self.prefix.isprintable() and not self.prefix.startswith("$")
        if (
            not plain
            or any(not level or set(level) & set("+#") for level in levels)
            or len(self.prefix) > _LONGEST_PREFIX
        ):
            hint = "Write it without wildcards, empty levels and a slash at its ends, as in site/north/pose."
            raise InvalidValueError(f"{shown(self.prefix)} is not what topics can begin with", hint=hint)

    @property
    def settings(self) -> str:
        """The desired state, retained; read."""
        return f"{self.prefix}/settings"

    @property
    def recording(self) -> str:
        """Starts and stops recordings; read."""
        return f"{self.prefix}/recording"

    @property
    def inference(self) -> str:
        """What was seen."""
        return f"{self.prefix}/inference"

    @property
    def state(self) -> str:
        """How the pipelines do, retained."""
        return f"{self.prefix}/state"

    @property
    def status(self) -> str:
        """``online``, or ``offline`` by the last will; retained."""
        return f"{self.prefix}/status"


@dataclass(frozen=True, kw_only=True, slots=True)
class Broker:
    """A broker, and as whom to connect to it.

    Attributes:
        host: Its host.
        port: Its port.
        tls: Whether it is spoken to over TLS.
        name: The client's id.
        topics: Under which topics.
        ca: PEM of the authorities to trust; the system's when None.
        certificate: PEM of the client's own certificate.
        key: PEM of its private key, where it is not in the certificate's file.
        username: The user's name.
        password: The user's password.
        password_file: A file with it, read at each connection.
        token_file: A file with a Kubernetes service account token, read at each connection.
        reads_settings: Whether the desired state comes from the broker.
    """

    host: str
    port: int
    tls: bool
    name: str
    topics: Topics
    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    password_file: Path | None = None
    token_file: Path | None = None
    reads_settings: bool = True

    def __post_init__(self) -> None:
        """Refuse what does not go with each other.

        Raises:
            InvalidValueError: It does not.
        """
        if not _NAME.fullmatch(self.name):
            hint = "Up to 100 letters, digits, '.', '_' and '-'; each client of a broker has its own."
            raise InvalidValueError(f"{shown(self.name)} cannot be the client's name", hint=hint)
        if not self.tls and (self.ca or self.certificate):
            raise InvalidValueError("mqtt:// has no TLS, and certificates are named", hint="Write mqtts://.")
        if self.key and not self.certificate:
            raise InvalidValueError("there is a key without a certificate", hint="Name both, or none.")
        if (self.password or self.password_file) and not self.username:
            raise InvalidValueError("there is a password without a user", hint="Name the user, too.")
        if self.password and self.password_file:
            raise InvalidValueError("there is a password, and a file with one", hint="Leave one of the two out.")
        if self.token_file and self.username:
            raise InvalidValueError("there is a token, and a user", hint="Leave one of the two out.")
        if self.token_file and not self.tls:
            raise InvalidValueError("a token would travel without TLS", hint="Write mqtts://.")


def address(url: str) -> tuple[str, int, bool]:
    """Host, port and whether TLS is spoken, of a URL.

    Raises:
        InvalidValueError: It is not the URL of a broker.
    """
    try:
        parts: SplitResult = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        raise InvalidValueError(f"{shown(url)} is not the URL of a broker", hint=_HINT) from None
    if parts.username is not None or parts.password is not None:
        hint = "Name the user with --mqtt-user; the password stands in AZDA_MQTT_PASSWORD or in a file."
        raise InvalidValueError("the broker's URL has a user in it", hint=hint)
    if parts.scheme not in _PORTS or not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise InvalidValueError(f"{shown(url)} is not the URL of a broker", hint=_HINT)
    if port == 0:
        raise InvalidValueError(f"{shown(url)} has no port that can be connected to", hint=_HINT)
    return parts.hostname, port or _PORTS[parts.scheme], parts.scheme == "mqtts"
