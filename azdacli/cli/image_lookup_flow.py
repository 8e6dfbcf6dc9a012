"""Who is asked about images: the engine here, or the registries that hold them.

What talks to either is imported when it is asked: a manifest that nobody asks about is written without it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from azdacli.cli import console
from azdacli.edge.image_facts import EngineSource, RegistrySource
from azdacli.errors import EngineError, SpecError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from azdacli.manifest.images import ImageSource
    from azdacli.oci.login import Login
    from azdacli.oci.reference import Reference
    from azdacli.oci.registry import Registry, RegistryRepository

_CHOICES = ("auto", "engine", "registry", "none")


@dataclass(frozen=True, kw_only=True, slots=True)
class Inspection:
    """What the user said about asking.

    Attributes:
        choice: `auto`, `engine`, `registry` or `none`.
        pin: Whether digests are needed, which only registries know.
        auth: Where a registry's login comes from, as for `push`.
        ca_bundle: Certificates of the registries.
        insecure: Whether plain http is allowed.
    """

    choice: str = "auto"
    pin: bool = False
    auth: str = "auto"
    ca_bundle: Path | None = None
    insecure: bool = False

    def __post_init__(self) -> None:
        if self.choice not in _CHOICES:
            raise SpecError(f"--inspect {self.choice} is none", hint=f"Choose one of: {', '.join(_CHOICES)}.")
        if self.pin and self.choice in {"engine", "none"}:
            raise SpecError(
                f"--pin needs the registry's digest, and --inspect says {self.choice}", hint="Leave --inspect out."
            )

    def sources(self, variables: Mapping[str, str]) -> list[ImageSource]:
        """Who is asked, in this order.

        Args:
            variables: For CONTAINER_REGISTRY_NAME, _USERNAME and _PASSWORD.

        Raises:
            EngineError: The engine was asked for by name and does not answer.
        """
        if self.choice == "none":
            return []
        if self.choice == "registry" or self.pin:
            return [RegistrySource(Registries(self, variables).repository)]
        from azdacli.engine import docker  # noqa: PLC0415 # see the module's docstring

        try:
            return [EngineSource(docker.connect())]
        except EngineError:
            if self.choice == "engine":
                raise
            console.note("no container engine answers, so nothing is known about the images")
            return []


class Registries:
    """Opens repositories; each registry is logged in to once."""

    def __init__(self, inspection: Inspection, variables: Mapping[str, str]) -> None:
        self._inspection = inspection
        self._variables = variables
        self._known: dict[str, Registry] = {}

    def repository(self, reference: Reference) -> RegistryRepository:
        """Open the repository of an image, to be read."""
        from azdacli.oci import registry  # noqa: PLC0415 # see the module's docstring

        host = reference.registry
        if host not in self._known:
            wishes = self._inspection
            self._known[host] = registry.connect(
                host, self._login(host), ca_bundle=wishes.ca_bundle, insecure=wishes.insecure
            )
        return self._known[host].repository(reference.repository)

    def _login(self, host: str) -> Login | None:
        """The pull credentials of the .env file where they are for this registry, else what `push` would find."""
        from azdacli.auth import keychain  # noqa: PLC0415 # see the module's docstring
        from azdacli.oci.login import Login  # noqa: PLC0415 # same

        name, username, password = (
            self._variables.get(f"CONTAINER_REGISTRY_{part}", "") for part in ("NAME", "USERNAME", "PASSWORD")
        )
        auth = keychain.Auth.parse(self._inspection.auth)
        if auth is keychain.Auth.AUTO and name.lower() == host and username and password:
            return Login(username=username, password=password)
        wishes = keychain.Wishes(auth=auth, ca_bundle=self._inspection.ca_bundle, insecure=self._inspection.insecure)
        return keychain.find(host, wishes, tell=console.note)
