"""What `push` does: name the image in its registry, send it, and have the registry confirm the digest."""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from azdacli.cli import progress
from azdacli.engine import docker
from azdacli.errors import RegistryError, SpecError
from azdacli.image import labels as image_labels
from azdacli.manifest.options import BUSINESS_LOGIC_IMAGE, PIPELINE_IMAGE
from azdacli.oci.credential import Credential
from azdacli.oci.reference import Reference
from azdacli.util import env_file as env

# Asks the registry which digest a name has; None when it has no such name.
Confirm = Callable[[Reference], str | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Pushed:
    """An image that a registry now holds.

    Attributes:
        reference: Its name.
        digest: What the registry holds it under.
        labels: Its labels; those of azdacli's say that it is the pipeline's.
    """

    reference: Reference
    digest: str
    labels: Mapping[str, str]

    @property
    def is_pipeline(self) -> bool:
        """Whether `create` or `publish` made it."""
        return image_labels.RELEASE in self.labels

    @property
    def variable(self) -> str:
        """The variable of a `.env` that means this image in a template: the pipeline's, or the business logic's."""
        return PIPELINE_IMAGE if self.is_pipeline else BUSINESS_LOGIC_IMAGE

    @property
    def pinned(self) -> str:
        """The name that always means this image: `name@sha256:…`."""
        return str(self.reference.with_digest(self.digest))


def check_variable(name: str, env_file: Path | None) -> None:
    """Refuse a variable that cannot be set, before anything is sent.

    Raises:
        SpecError: The name is none, or there is no file to write it to.
    """
    if env_file is None:
        raise SpecError("--env-name needs --env-file", hint="Add --env-file .env.")
    env.check_name(name)


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
    with contextlib.closing(docker.connect()) as engine:
        held = engine.inspect(Reference.parse(image).familiar)
        engine.tag(held.id, str(to))
        with progress.shown() as listener:
            reported = engine.push(str(to), login=login, listener=listener)
    found = confirm(to)
    if found is None:
        raise RegistryError(f"{to.registry} took the push but has no {to} afterwards", hint="Push it again.")
    if reported and found != reported:
        raise RegistryError(
            f"{to} is {found} in the registry, but {reported} was pushed",
            hint="Another push used the same tag at the same time: use a tag of your own, and push again.",
        )
    return Pushed(reference=to, digest=found, labels=held.labels)
