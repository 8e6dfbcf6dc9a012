"""Who we are to one registry: a login that cannot be sent to another."""

from collections.abc import Callable
from dataclasses import InitVar, dataclass, field

from azdacli.errors import RegistryError
from dsconfig.redaction import RUN

# The user name that says "the password is a refresh token" (Azure Container Registry; `az acr login` stores it so).
TOKEN_USERNAME = "00000000-0000-0000-0000-000000000000"  # noqa: S105 # a name, no secret
# Azure Container Registry in its clouds: public, China, US government.
AZURE_DOMAINS = (".azurecr.io", ".azurecr.cn", ".azurecr.us")


class MisdirectedCredentialError(RegistryError):
    """A login was about to go to a registry, or a repository, that it was not given for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Credential:
    """A login, and the one registry that it was given for.

    The password cannot be read but by naming whom it is for; it is left out of every repr.

    Attributes:
        host: The registry, with its port if it has one.
        username: The user's name, or the one that says that the password is a token.
        repository: The only repository, or the path above several, that it was given for; empty for all of the host's.
        renew: Makes the login that takes this one's place when it has ended; None when only the user could.
    """

    host: str
    username: str
    password: InitVar[str]
    repository: str = ""
    renew: Callable[[], "Credential"] | None = field(default=None, repr=False, compare=False)
    _password: str = field(init=False, repr=False)

    def __post_init__(self, password: str) -> None:
        object.__setattr__(self, "_password", password)
        RUN.add([password])  # an error of somebody else's may repeat it

    @property
    def is_token(self) -> bool:
        """Whether the password is a refresh token."""
        return self.username == TOKEN_USERNAME

    def covers(self, repository: str) -> bool:
        """Whether it was given for a repository of its host."""
        return not self.repository or f"{repository}/".startswith(f"{self.repository}/")

    def password_for(self, host: str, repository: str = "") -> str:
        """Give the password, to whom it was given for alone.

        Args:
            host: The registry that it is sent to.
            repository: What it is sent for; empty for what every login of a host may do.

        Raises:
            MisdirectedCredentialError: It was given for another registry or repository.
        """
        if host != self.host or (repository and not self.covers(repository)):
            here = f"{host}/{repository}" if repository else host
            own = f"{self.host}/{self.repository}" if self.repository else self.host
            raise MisdirectedCredentialError(f"the login of {own} is not sent to {here}")
        return self._password


def is_azure(host: str) -> bool:
    """Whether a host is one of Azure's registries: a name of one label in a domain of Azure's, without a port."""
    name = next((host.removesuffix(domain) for domain in AZURE_DOMAINS if host.endswith(domain)), "")
    return bool(name) and "." not in name
