"""Who we are to a registry."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class SignIn:
    """What came of signing in to a registry.

    Attributes:
        registry: Its host.
        way: Where the login came from: `docker`, `entra`, `password`; empty when there was none.
        problem: Why it was refused; empty when it was taken.
        hint: What the program that found the problem says to do.
        is_azure: Whether it is an Azure Container Registry.
        is_away: Whether nothing that can be trusted answers there, so that no login would help.
    """

    registry: str
    way: str = ""
    problem: str = ""
    hint: str = ""
    is_azure: bool = False
    is_away: bool = False
