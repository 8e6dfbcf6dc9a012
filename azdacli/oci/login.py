"""Who we are to a registry."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class Login:
    """Who we are to a registry. The password is left out of every repr.

    Attributes:
        username: The user's name, or the one that says that the password is a token.
        password: The secret.
        renew: Makes the login that takes this one's place when it has ended; None when only the user could.
    """

    username: str
    password: str = field(repr=False)
    renew: Callable[[], "Login"] | None = field(default=None, repr=False, compare=False)
