"""Who is asked about images: the engine here, or the registries that hold them.

What talks to either is imported when it is asked: a manifest that nobody asks about is written without it.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from azdacli.cli import console
from azdacli.edge.image_facts import EngineSource, RegistrySource
from azdacli.errors import EngineError, SpecError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from azdacli.auth.keychain import LoginOptions
    from azdacli.engine.docker import DockerEngine
    from azdacli.manifest.images import ImageSource
    from azdacli.oci.credential import Credential
    from azdacli.oci.reference import Reference
    from azdacli.oci.registry import RegistryRepository

_CHOICES = ("auto", "engine", "registry", "none")


@dataclass(frozen=True, kw_only=True, slots=True)
class Inspection:
    """What the user said about asking.

    Attributes:
        choice: `auto`, `engine`, `registry` or `none`.
        pin: Whether digests are needed, which only registries know.
        auth: Where the login of `registry` comes from, as for `push`.
        registry: The one registry that a login was asked for; every other has what docker stored for it, or none.
        ca_bundle: Certificates of the registries.
        insecure: Whether plain http is allowed.
    """

    choice: str = "auto"
    pin: bool = False
    auth: str = "auto"
    registry: str = ""
    ca_bundle: Path | None = None
    insecure: bool = False

    def __post_init__(self) -> None:
        if self.choice not in _CHOICES:
            raise SpecError(f"--inspect does not accept '{self.choice}'", hint=f"Choose one of: {', '.join(_CHOICES)}.")
        if self.pin and self.choice in {"engine", "none"}:
            raise SpecError(
                f"--pin needs the registry's digest, and --inspect says {self.choice}", hint="Omit --inspect."
            )

    def login_options(self) -> LoginOptions:
        """Say for which registry a login is: the one that was named, never one that only a template names.

        Raises:
            SpecError: A login was asked for, and it is not said for which registry.
        """
        from azdacli.auth import keychain  # see the module's docstring
        from azdacli.oci.reference import registry_host  # same

        auth = keychain.Auth.parse(self.auth)
        options = keychain.LoginOptions(
            registry=registry_host(self.registry) if self.registry else "",
            auth=auth,
            ca_bundle=self.ca_bundle,
            insecure=self.insecure,
            elsewhere=keychain.Auth.ANONYMOUS if auth is keychain.Auth.ANONYMOUS else keychain.Auth.AUTO,
        )
        options.check_named("Name the registry that it is for with --registry.", console.note)
        return options

    @contextlib.contextmanager
    def sources(self, variables: Mapping[str, str]) -> Iterator[list[ImageSource]]:
        """Who is asked, in this order, for as long as the block runs.

        Args:
            variables: For CONTAINER_REGISTRY_NAME, _USERNAME and _PASSWORD.

        Raises:
            EngineError: The engine was asked for by name and does not answer.
        """
        if self.choice == "none":
            yield []
        elif self.choice == "registry" or self.pin:
            with contextlib.closing(Registries(self, variables)) as opened:
                yield [RegistrySource(opened.repository)]
        elif (engine := self._engine()) is None:
            yield []
        else:
            with contextlib.closing(engine):
                yield [EngineSource(engine)]

    def _engine(self) -> DockerEngine | None:
        from azdacli.engine import docker  # see the module's docstring

        try:
            return docker.connect()
        except EngineError:
            if self.choice == "engine":
                raise
            console.note("no container engine answers, so nothing is known about the images")
            return None


class Registries:
    """Opens repositories; each registry is logged in to once."""

    def __init__(self, inspection: Inspection, variables: Mapping[str, str]) -> None:
        self._inspection = inspection
        self._variables = variables
        self._options = inspection.login_options()
        self._known: dict[str, RegistryRepository] = {}

    def close(self) -> None:
        """Close the connections to all registries."""
        for known in self._known.values():
            known.registry.close()

    def repository(self, reference: Reference) -> RegistryRepository:
        """Open the repository of an image, to be read."""
        from azdacli.oci import registry  # see the module's docstring

        if reference.name not in self._known:
            asked = self._inspection
            login = self._login(reference)
            opened = registry.connect(
                reference.registry, login, ca_bundle=asked.ca_bundle, insecure=asked.insecure, log=console.note
            )
            self._known[reference.name] = opened.repository(reference.repository)
        return self._known[reference.name]

    def _login(self, reference: Reference) -> Credential | None:
        """The pull credentials of the .env file where they are for this registry, else what is there for it."""
        from azdacli.auth import keychain  # see the module's docstring
        from azdacli.oci.credential import Credential  # same

        host = reference.registry
        name, username, password = (
            self._variables.get(f"CONTAINER_REGISTRY_{part}", "") for part in ("NAME", "USERNAME", "PASSWORD")
        )
        if self._options.auth is keychain.Auth.AUTO and name.lower() == host and username and password:
            return Credential(host=host, username=username, password=password)
        return keychain.find(host, reference.repository, self._options, log=console.note)
