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
from azdacli.oci.credential import Credential, is_azure
from azdacli.oci.reference import registry_host

PASSWORD_VARIABLE = "AZDA_REGISTRY_PASSWORD"  # noqa: S105 # the variable's name
USERNAME_VARIABLE = "AZDA_REGISTRY_USERNAME"
REGISTRY_VARIABLE = "AZDA_REGISTRY"  # the one that the two above are for; by default the one that a login is asked for


class Auth(str, Enum):
    """Where a login may come from (`--auth`)."""

    AUTO = "auto"
    DOCKER = "docker"
    PASSWORD = "password"  # noqa: S105 # the option's value
    ENTRA = "entra"
    ANONYMOUS = "anonymous"

    @classmethod
    def parse(cls, text: str, *, option: str = "--auth") -> "Auth":
        """Read an `--auth`; SpecError when there is no such way."""
        for auth in cls:
            if auth.value == text.strip().lower():
                return auth
        raise SpecError(f"there is no {option} '{text}'", hint=f"Choose one of: {', '.join(a.value for a in cls)}.")


@dataclass(frozen=True, kw_only=True, slots=True)
class LoginOptions:
    """What the user said about logins.

    Attributes:
        registry: The one registry that all of this is for; every other has its own login or none. Empty for none.
        auth: Where its login may come from.
        username: `--username`, or empty.
        read_stdin: Reads one line of standard input, when `--password-stdin` was given.
        ask: Asks for the password, hidden; None where nobody can be asked.
        ca_bundle: Certificates to trust besides the usual ones when Entra ID's token is exchanged.
        insecure: Whether plain http is allowed for that.
        audience: For whom Entra ID makes the token.
        elsewhere: Where the logins of other registries come from; by default what is stored for each, or none.
    """

    registry: str
    auth: Auth = Auth.AUTO
    username: str = ""
    read_stdin: Callable[[], str] | None = None
    ask: Callable[[str], str] | None = None
    ca_bundle: Path | None = None
    insecure: bool = False
    audience: str = acr.AUDIENCE
    elsewhere: Auth = Auth.AUTO
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)

    def __post_init__(self) -> None:
        if self.elsewhere is Auth.PASSWORD:
            raise SpecError(
                "a password is typed for one registry alone", hint="Log in to the other with `docker login`."
            )

    def check_named(self, cure: str, log: Callable[[str], None]) -> None:
        """Check that a login has a registry that the user named: one that a file or a device names gets none.

        Args:
            cure: How to name it.
            log: Hears which variables are not used.

        Raises:
            SpecError: A login was asked for, and nobody said for which registry.
        """
        if self.registry:
            return
        if self.auth in (Auth.ENTRA, Auth.PASSWORD) or self.username or self.read_stdin:
            raise SpecError("the login does not say for which registry it is", hint=cure)
        if self.environment.get(PASSWORD_VARIABLE) and not self.preset_for:
            log(f"{PASSWORD_VARIABLE} is not used: {cure[:1].lower()}{cure[1:]}")

    @property
    def preset_for(self) -> str:
        """The registry that the variables' user name and password are for."""
        named = self.environment.get(REGISTRY_VARIABLE, "")
        return registry_host(named) if named else self.registry


def find(registry: str, repository: str, options: LoginOptions, *, log: Callable[[str], None]) -> Credential | None:
    """Find the login for a registry, and for nobody else.

    For the registry that was asked for, in the order of `--auth auto`: user name and password (standard input,
    AZDA_REGISTRY_PASSWORD, prompt); what docker and podman have stored, helpers included; for Azure's registries Entra
    ID; none. For any other: what is stored for it, or none.

    Args:
        registry: Host, and port if it has one.
        repository: What is to be read or written there.
        options: What the user said.
        log: Hears which login was taken, without its secret.

    Raises:
        SpecError: The options contradict each other.
        RegistryError: The login that was asked for is not there.
    """
    own = registry == options.registry
    auth = options.auth if own else options.elsewhere
    given = _given(registry, options) if own else _preset(registry, options)
    if given is not None or auth in (Auth.ANONYMOUS, Auth.PASSWORD):
        return given
    if auth is Auth.ENTRA:
        return _entra(registry, options)
    stored = docker_config.find(registry, repository, options.environment)
    if stored is not None:
        log(f"using docker's login for {registry}")
        return stored
    if auth is Auth.DOCKER:
        raise RegistryError(
            f"docker has no login for {registry}", hint=f"Run `docker login {registry}`, or choose another --auth."
        )
    return _entra_or_nothing(registry, options, log) if own else None


def _preset(registry: str, options: LoginOptions) -> Credential | None:
    """Take the variables' login for a registry that they, and not the command line, name."""
    variables = [options.environment.get(name, "") for name in (USERNAME_VARIABLE, PASSWORD_VARIABLE)]
    if options.preset_for != registry or not all(variables) or options.elsewhere is Auth.ANONYMOUS:
        return None
    return Credential(host=registry, username=variables[0], password=variables[1])


def _given(registry: str, options: LoginOptions) -> Credential | None:
    """Take the login that was typed, piped or set."""
    if options.auth not in (Auth.AUTO, Auth.PASSWORD):
        if options.username or options.read_stdin:
            raise SpecError(f"--auth {options.auth.value} takes no user name and no password", hint="Leave one out.")
        return None
    variables = options.environment if options.preset_for == registry else {}
    preset = variables.get(PASSWORD_VARIABLE, "")
    username = options.username or variables.get(USERNAME_VARIABLE, "")
    if not username:
        if options.auth is Auth.PASSWORD or options.read_stdin or preset:
            raise SpecError(
                f"there is a password for {registry}, but no user name"
                if options.read_stdin or preset
                else "--auth password needs a user name",
                hint=f"Give --username, or set {USERNAME_VARIABLE}.",
            )
        return None
    return Credential(host=registry, username=username, password=_password(registry, username, preset, options))


def _password(registry: str, username: str, preset: str, options: LoginOptions) -> str:
    if options.read_stdin:
        password = options.read_stdin().removesuffix("\n").removesuffix("\r")
    elif preset:
        password = preset
    elif options.ask:
        password = options.ask(f"Password of {username} at {registry}")
    else:
        password = ""
    if not password:
        raise SpecError(
            f"there is no password for {username} at {registry}",
            hint=f"Pipe it in with --password-stdin, set {PASSWORD_VARIABLE}, or run in a terminal to be asked.",
        )
    return password


def _entra(registry: str, options: LoginOptions) -> Credential:
    return acr.login(registry, audience=options.audience, ca_bundle=options.ca_bundle, insecure=options.insecure)


def _entra_or_nothing(registry: str, options: LoginOptions, log: Callable[[str], None]) -> Credential | None:
    if not is_azure(registry):
        return None
    try:
        login = _entra(registry, options)
    except RegistryError as error:
        log(f"{error}; going on without a login")
        return None
    log(f"using Entra ID's login for {registry}")
    return login
