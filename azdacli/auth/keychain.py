"""Who we are to a registry: one chain that `push` and `publish` share.

Nothing that is found here is written anywhere, and nothing of it gets on the command line of another program.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from azdacli.auth import acr, docker_config
from azdacli.errors import RegistryError, SpecError
from azdacli.oci.login import Login

PASSWORD_VARIABLE = "AZDA_REGISTRY_PASSWORD"  # noqa: S105 # the variable's name
USERNAME_VARIABLE = "AZDA_REGISTRY_USERNAME"
VARIABLES = frozenset({PASSWORD_VARIABLE, USERNAME_VARIABLE})


class Auth(str, Enum):
    """Where a login may come from (`--auth`)."""

    AUTO = "auto"
    DOCKER = "docker"
    PASSWORD = "password"  # noqa: S105 # the option's value
    ENTRA = "entra"
    ANONYMOUS = "anonymous"

    @classmethod
    def parse(cls, text: str) -> "Auth":
        """Read an `--auth`; SpecError when there is no such way."""
        for auth in cls:
            if auth.value == text.strip().lower():
                return auth
        raise SpecError(f"there is no --auth '{text}'", hint=f"Choose one of: {', '.join(a.value for a in cls)}.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Wishes:
    """What the user said about the login.

    Attributes:
        auth: Where the login may come from.
        username: `--username`, or empty.
        read_stdin: Reads one line of standard input, when `--password-stdin` was given.
        ask: Asks for the password, hidden; None where nobody can be asked.
        ca_bundle: Certificates to trust besides the usual ones when Entra ID's token is exchanged.
        insecure: Whether plain http is allowed for that.
        audience: For whom Entra ID makes the token.
    """

    auth: Auth = Auth.AUTO
    username: str = ""
    read_stdin: Callable[[], str] | None = None
    ask: Callable[[str], str] | None = None
    ca_bundle: Path | None = None
    insecure: bool = False
    audience: str = acr.AUDIENCE
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)


def find(registry: str, wishes: Wishes, *, tell: Callable[[str], None]) -> Login | None:
    """Find the login for a registry.

    In the order of `--auth auto`: user name and password (standard input, AZDA_REGISTRY_PASSWORD, prompt); what
    docker and podman have stored, helpers included; for Azure's registries Entra ID; none.

    Args:
        registry: Host, and port if it has one.
        wishes: What the user said.
        tell: Hears which login was taken, without its secret.

    Raises:
        SpecError: The wishes contradict each other.
        RegistryError: The login that was asked for is not there.
    """
    given = _given(registry, wishes)
    if given is not None or wishes.auth in (Auth.ANONYMOUS, Auth.PASSWORD):
        return given
    if wishes.auth is Auth.ENTRA:
        return _entra(registry, wishes)
    stored = docker_config.find(registry, wishes.environment)
    if stored is not None:
        tell(f"using docker's login for {registry}")
        return stored
    if wishes.auth is Auth.DOCKER:
        raise RegistryError(
            f"docker has no login for {registry}", hint=f"Run `docker login {registry}`, or choose another --auth."
        )
    return _entra_or_nothing(registry, wishes, tell)


def _given(registry: str, wishes: Wishes) -> Login | None:
    """Take the login that was typed, piped or set."""
    if wishes.auth not in (Auth.AUTO, Auth.PASSWORD):
        if wishes.username or wishes.read_stdin:
            raise SpecError(f"--auth {wishes.auth.value} takes no user name and no password", hint="Leave one out.")
        return None
    preset = wishes.environment.get(PASSWORD_VARIABLE, "")
    username = wishes.username or wishes.environment.get(USERNAME_VARIABLE, "")
    if not username:
        if wishes.auth is Auth.PASSWORD or wishes.read_stdin or preset:
            raise SpecError(
                f"there is a password for {registry}, but no user name"
                if wishes.read_stdin or preset
                else "--auth password needs a user name",
                hint=f"Give --username, or set {USERNAME_VARIABLE}.",
            )
        return None
    return Login(username=username, password=_password(registry, username, preset, wishes))


def _password(registry: str, username: str, preset: str, wishes: Wishes) -> str:
    if wishes.read_stdin:
        password = wishes.read_stdin().removesuffix("\n").removesuffix("\r")
    elif preset:
        password = preset
    elif wishes.ask:
        password = wishes.ask(f"Password of {username} at {registry}")
    else:
        password = ""
    if not password:
        raise SpecError(
            f"there is no password for {username} at {registry}",
            hint=f"Pipe it in with --password-stdin, set {PASSWORD_VARIABLE}, or run in a terminal to be asked.",
        )
    return password


def _entra(registry: str, wishes: Wishes) -> Login:
    return acr.login(registry, audience=wishes.audience, ca_bundle=wishes.ca_bundle, insecure=wishes.insecure)


def _entra_or_nothing(registry: str, wishes: Wishes, tell: Callable[[str], None]) -> Login | None:
    if not acr.is_azure(registry):
        return None
    try:
        login = _entra(registry, wishes)
    except RegistryError as error:
        tell(f"{error}; going on without a login")
        return None
    tell(f"using Entra ID's login for {registry}")
    return login
