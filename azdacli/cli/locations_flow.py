"""The places that a user names: repositories of registries, with a login, and image layouts on disk."""

import os
import threading
from dataclasses import replace
from pathlib import Path

from azdacli.auth import acr, keychain
from azdacli.cli import console
from azdacli.errors import SpecError
from azdacli.oci import registry as oci_registry
from azdacli.oci.layout import OciLayout
from azdacli.oci.pull import Source
from azdacli.oci.reference import DEFAULT_TAG, Reference
from azdacli.oci.registry import Registry, Resumables
from azdacli.util import paths

_LAYOUT = "oci:"


def is_layout(name: str) -> bool:
    """Whether a name is that of an image layout on disk, and not of a registry."""
    return name.startswith(_LAYOUT)


class Places:
    """Finds repositories by their names; one registry is logged in to once.

    Args:
        image: The image to make; what was said about the login goes for its registry.
        wishes: What was said about the login.
        resumables: Where uploads are remembered that a later run can go on with.
    """

    def __init__(self, image: str, wishes: keychain.Wishes, resumables: Resumables) -> None:
        self.resumables = resumables
        self._image = image
        self._wished = wishes
        self._registries: dict[str, Registry] = {}

    def stop_with(self, over: threading.Event) -> None:
        """Let an event end the uploads."""
        for registry in self._registries.values():
            registry.transport.over = over

    def destination(self) -> Source:
        """Name where the image goes; SpecError when that is no place with a tag."""
        if "@sha256:" in self._image:
            raise SpecError(f"'{self._image}' names a digest, which only publishing can tell", hint="Give it a tag.")
        if is_layout(self._image):
            return self._layout(self._image)
        reference = Reference.parse(self._image)
        if not reference.registry_named:
            raise SpecError(
                f"'{self._image}' does not say which registry it goes to",
                hint="Write it as myregistry.azurecr.io/pose:1.4.",
            )
        return self._remote(reference, push=True)

    def source(self, name: str, platform: str | None = None) -> Source:
        """Name an image to read."""
        found = self._layout(name) if is_layout(name) else self._remote(Reference.parse(name), push=False)
        return replace(found, platform=platform)

    def _layout(self, name: str) -> Source:
        words = name.removeprefix(_LAYOUT)
        folder, at, digest = words.rpartition("@sha256:")
        if at:
            tag = f"sha256:{digest}"
        else:
            folder, colon, tag = words.rpartition(":")
            if not colon or "/" in tag or paths.is_drive(folder, tag):
                folder, tag = words, DEFAULT_TAG
        if not folder:
            raise SpecError(f"'{name}' names no folder", hint="Write oci:FOLDER or oci:FOLDER:TAG.")
        path = Path(folder)
        return Source(repository=OciLayout(path, image=_word(path)), selector=tag, name=name)

    def _remote(self, reference: Reference, *, push: bool) -> Source:
        repository = self._registry(reference.registry).repository(reference.repository, push=push)
        return Source(repository=repository, selector=reference.selector, name=str(reference))

    def _registry(self, host: str) -> Registry:
        if host not in self._registries:
            login = keychain.find(host, self._wishes(host), tell=console.note)
            registry = self._registries[host] = oci_registry.connect(
                host,
                login,
                ca_bundle=self._wished.ca_bundle,
                insecure=self._wished.insecure,
                resumables=self.resumables,
            )
            registry.transport.tell = console.note
            if acr.is_azure(host):  # its gateway is said to refuse requests of more than 20 MB
                registry.largest_chunk = oci_registry.CHUNK
        return self._registries[host]

    def _wishes(self, host: str) -> keychain.Wishes:
        """What was said about the login goes for the image's registry; elsewhere the stored one is taken."""
        if is_layout(self._image) or host == Reference.parse(self._image).registry:
            return self._wished
        return replace(
            self._wished,
            auth=keychain.Auth.AUTO if self._wished.auth is keychain.Auth.PASSWORD else self._wished.auth,
            username="",
            read_stdin=None,
            environment={name: value for name, value in os.environ.items() if name not in keychain.VARIABLES},
        )


def _word(path: Path) -> str:
    """Make a name that docker takes from a folder's."""
    kept = "".join(c if c.isalnum() and c.isascii() else "-" for c in path.resolve().name.lower()).strip("-")
    return kept or "azda"
