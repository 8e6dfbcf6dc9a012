"""What `push` does: name the image in its registry, send it, and have the registry confirm the digest."""

from collections.abc import Callable
from dataclasses import dataclass

from azdacli.cli import progress
from azdacli.engine import docker
from azdacli.errors import RegistryError, SpecError
from azdacli.oci.credential import Credential
from azdacli.oci.reference import Reference

# Asks the registry which digest a name has; None when it has no such name.
Confirm = Callable[[Reference], str | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Pushed:
    """An image that a registry now holds."""

    reference: Reference
    digest: str

    @property
    def pinned(self) -> str:
        """The name that always means this image: `name@sha256:…`."""
        return str(self.reference.with_digest(self.digest))


def destination(image: str, registry: str | None) -> Reference:
    """Name an image in the registry that it goes to.

    Raises:
        SpecError: No registry is named, two are, or a name is none.
    """
    reference = Reference.parse(image)
    if reference.digest:
        raise SpecError(f"'{image}' names a digest; a push needs a tag", hint="Write registry/name:tag.")
    if registry:
        return reference.with_registry(registry)
    if not reference.registry_named:
        raise SpecError(
            f"'{image}' does not say which registry it goes to",
            hint="Add --container-registry myregistry.azurecr.io, or write the registry before the name.",
        )
    return reference


def push(image: str, to: Reference, login: Credential | None, confirm: Confirm) -> Pushed:
    """Tag, send and confirm.

    Raises:
        EngineError: No engine answers, or it holds no such image.
        RegistryError: The registry is away or refused, or holds another image under that name afterwards.
    """
    engine = docker.connect()
    held = engine.inspect(Reference.parse(image).familiar)
    engine.tag(held.id, str(to))
    with progress.shown() as listener:
        told = engine.push(str(to), login=login, listener=listener)
    found = confirm(to)
    if found is None:
        raise RegistryError(f"{to.registry} took the push but has no {to} afterwards", hint="Push it again.")
    if told and found != told:
        raise RegistryError(
            f"{to} is {found} in the registry, but {told} was pushed",
            hint="Somebody else pushed the same tag at the same time: use a tag of your own, and push again.",
        )
    return Pushed(reference=to, digest=found)
