"""The places that a user names: repositories of registries, with a login, and image layouts on disk."""

import threading
from dataclasses import replace
from pathlib import Path

from azdacli.auth import keychain
from azdacli.cli import console
from azdacli.errors import RegistryError, SpecError
from azdacli.oci import registry as oci_registry
from azdacli.oci.credential import is_azure
from azdacli.oci.layout import OciLayout
from azdacli.oci.pull import Source
from azdacli.oci.reference import DEFAULT_TAG, Reference
from azdacli.oci.registry import Registry, Resumables
from azdacli.util import paths

_LAYOUT = "oci:"


def is_layout(name: str) -> bool:
    """Whether a name is that of an image layout on disk, and not of a registry."""
    return name.startswith(_LAYOUT)


class Locations:
    """Finds repositories by their names; one registry is logged in to once.

    Args:
        image: The image to make.
        options: What was said about logins.
        resumables: Where uploads are remembered that a later run can go on with.
    """

    def __init__(self, image: str, options: keychain.LoginOptions, resumables: Resumables) -> None:
        self.resumables = resumables
        self._image = image
        self._options = options
        self._registries: dict[str, list[Registry]] = {}

    def close(self) -> None:
        """Close the connections to all registries."""
        for registry in (each for known in self._registries.values() for each in known):
            registry.close()

    def stop_with(self, over: threading.Event) -> None:
        """Let an event end the uploads."""
        for registry in (each for known in self._registries.values() for each in known):
            registry.transport.over = over

    def destination(self) -> Source:
        """Name where the image goes; SpecError when that is not a place with a tag."""
        if "@sha256:" in self._image:
            raise SpecError(
                f"'{self._image}' names a digest, which is known only after publishing", hint="Give it a tag."
            )
        if is_layout(self._image):
            return _layout(*_split(self._image), name=self._image)
        reference = Reference.parse(self._image)
        if not reference.registry_named:
            raise SpecError(
                f"'{self._image}' does not say which registry it goes to",
                hint="Write it as myregistry.azurecr.io/pose:1.4.",
            )
        return self._remote(reference, push=True)

    def source(self, name: str, platform: str | None = None) -> Source:
        """Name an image to read."""
        found = _held(name) if is_layout(name) else self._remote(Reference.parse(name), push=False)
        return replace(found, platform=platform)

    def _remote(self, reference: Reference, *, push: bool) -> Source:
        registry = self._registry(reference.registry, reference.repository)
        repository = registry.repository(reference.repository, push=push)
        return Source(repository=repository, selector=reference.selector, name=str(reference))

    def _registry(self, host: str, repository: str) -> Registry:
        """Open a registry with its own login; a login for one repository alone serves that one alone."""
        known = self._registries.setdefault(host, [])
        for registry in known:
            if registry.login is not None and not registry.login.repository:
                return registry
        login = keychain.find(host, repository, self._options, log=console.note)
        opened = next((registry for registry in known if registry.login == login), None)
        if opened is None:
            opened = oci_registry.connect(
                host,
                login,
                ca_bundle=self._options.ca_bundle,
                insecure=self._options.insecure,
                resumables=self.resumables,
                log=console.note,
            )
            if is_azure(host):  # its gateway is said to refuse requests of more than 20 MB
                opened.largest_chunk = oci_registry.CHUNK
            known.append(opened)
        return opened


def _held(name: str) -> Source:
    """An image in a layout: without a tag `latest`, or the only one that there is, as skopeo takes it.

    Raises:
        RegistryError: It has no such tag; the hint lists those that it has.
    """
    folder, tag = _split(name)
    layout = OciLayout(Path(folder), image=_word(Path(folder)))
    if layout.manifest(tag or DEFAULT_TAG) is None:
        only = None if tag else layout.only()
        if only is None:
            raise RegistryError(f"there is no {name}", hint=_choice(folder, layout))
        tag = only
    return Source(repository=layout, selector=tag or DEFAULT_TAG, name=name)


def _choice(folder: str, layout: OciLayout) -> str:
    tags = layout.tags()
    if tags:
        return f"The folder holds {', '.join(f'{_LAYOUT}{folder}:{tag}' for tag in tags)}."
    if layout.only():
        return f"The folder holds one image, without a tag: write {_LAYOUT}{folder}."
    if (Path(folder) / "index.json").is_file():
        return f"Name one of its images by its digest, as index.json has it: {_LAYOUT}{folder}@sha256:…"
    return f"Check the name; `azdacli publish --image {_LAYOUT}FOLDER` puts one there, as do skopeo and podman."


def _split(name: str) -> tuple[str, str]:
    """The folder of `oci:FOLDER[:TAG]` or `oci:FOLDER@DIGEST`, and the tag or digest; empty where there is none."""
    words = name.removeprefix(_LAYOUT)
    folder, at, digest = words.rpartition("@sha256:")
    if at:
        tag = f"sha256:{digest}"
    else:
        folder, colon, tag = words.rpartition(":")
        if not colon or "/" in tag or paths.is_drive(folder, tag):
            folder, tag = words, ""
    if not folder:
        raise SpecError(f"'{name}' names no folder", hint="Write oci:FOLDER or oci:FOLDER:TAG.")
    return folder, tag


def _layout(folder: str, tag: str, *, name: str) -> Source:
    path = Path(folder)
    return Source(repository=OciLayout(path, image=_word(path)), selector=tag or DEFAULT_TAG, name=name)


def _word(path: Path) -> str:
    """Make a name that docker takes from a folder's."""
    kept = "".join(c if c.isalnum() and c.isascii() else "-" for c in path.resolve().name.lower()).strip("-")
    return kept or "azda"
