"""From the words of a command line to places, logins and layers; then publish, and tell what travelled."""

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from azdacli import acr, asset_index, assets, console, credentials, oci_registry, progress
from azdacli.engine import Listener
from azdacli.errors import SpecError
from azdacli.oci_layout import OciLayout
from azdacli.oci_registry import Registry, Resumables
from azdacli.publishing import Published, Publisher, Source
from azdacli.reference import DEFAULT_TAG, Reference
from azdacli.remembered import Memory, cache_folder

_LAYOUT = "oci:"


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """The options of `publish`, as typed."""

    base: str
    image: str
    add: tuple[str, ...] = ()
    rebase: str = ""
    run: tuple[str, ...] = ()
    build_folder: Path | None = None
    platform: str | None = None
    labels: tuple[str, ...] = ()
    verify: bool = False
    username: str = ""
    read_stdin: Callable[[], str] | None = None
    ask: Callable[[str], str] | None = None
    auth: str = "auto"
    ca_bundle: Path | None = None
    insecure: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What the command prints."""

    name: str
    image: str
    published: Published

    @property
    def pinned(self) -> str:
        """The name that always means this image: `name@sha256:…`."""
        return f"{self.name}@{self.published.digest}"

    def as_json(self) -> dict[str, Any]:
        """The object that docs/publish.md describes."""
        done = self.published
        return {
            "image": self.image,
            "digest": done.digest,
            "pinned": self.pinned,
            "platform": done.platform,
            "bytes_sent": done.sent,
            "bytes_saved": done.total - done.sent,
            "layers": [{"digest": layer.digest, "size": layer.size, "story": layer.story} for layer in done.layers],
        }


class Request:
    """A publishing with its logins found and its assets listed; nothing was written yet.

    Raises:
        SpecError: It is impossible; the hint says what is possible.
        RegistryError: A login that was asked for is not there.
    """

    def __init__(self, words: Words) -> None:
        _check(words)
        self._words = words
        self._added = assets.find(words.add, words.build_folder)
        self._parts = [part for asset in self._added for part in assets.scan(asset)]
        for asset in self._added:
            console.note(f"adding {asset.source} as {asset.target}")
        self._cache = cache_folder(os.environ)
        self._places = _Places(words, Resumables(self._cache / "uploads"))
        self._to = self._places.destination()
        self._base = self._places.source(words.base)
        self._rebased = self._places.source(words.rebase) if words.rebase else None

    @property
    def is_remote(self) -> bool:
        """Whether the image goes to a registry, and not into a folder."""
        return not self._words.image.startswith(_LAYOUT)

    def publish(self, over: threading.Event) -> Answer:
        """Do it.

        Args:
            over: When it is set, uploads stop where a later run can go on.

        Raises:
            SpecError: The base and the assets do not go together.
            ParserError: A parser does not fit the base.
            RegistryError: A registry is away or refused.
        """
        self._places.stop_with(over)
        started = time.monotonic()
        with progress.shown() as listener:
            done = self._run(listener)
        _tell(done, time.monotonic() - started)
        return Answer(name=self._to.repository.name, image=self._to.name, published=done)

    def _run(self, listener: Listener) -> Published:
        words, to = self._words, self._to
        publisher = Publisher(
            to.repository,
            to.selector,
            memory=Memory(None if words.verify else self._cache / "layers.json"),
            listener=listener,
            interrupted=lambda key: self._places.resumables.known(to.repository.name, key),
        )
        if self._rebased:
            return publisher.rebase(self._rebased, self._base, platform=words.platform)
        return publisher.publish(
            self._base,
            self._parts,
            asset_index.targets(self._added),
            platform=words.platform,
            labels=_labels(words.labels),
        )


class _Places:
    """Finds repositories by their names; one registry is logged in to once."""

    def __init__(self, words: Words, resumables: Resumables) -> None:
        self._words = words
        self.resumables = resumables
        self._image = words.image
        self._registries: dict[str, Registry] = {}

    def stop_with(self, over: threading.Event) -> None:
        """Let an event end the uploads."""
        for registry in self._registries.values():
            registry.over = over

    def destination(self) -> Source:
        """Name where the image goes; SpecError when that is no place with a tag."""
        if self._image.startswith(_LAYOUT):
            return self._layout(self._image)
        reference = Reference.parse(self._image)
        if reference.digest:
            raise SpecError(f"'{self._image}' names a digest, which only publishing can tell", hint="Give it a tag.")
        if not reference.registry_named:
            raise SpecError(
                f"'{self._image}' does not say which registry it goes to",
                hint="Write it as myregistry.azurecr.io/pose:1.4.",
            )
        return self._remote(reference, push=True)

    def source(self, name: str) -> Source:
        """Name an image to read."""
        return self._layout(name) if name.startswith(_LAYOUT) else self._remote(Reference.parse(name), push=False)

    def _layout(self, name: str) -> Source:
        folder, colon, tag = name.removeprefix(_LAYOUT).rpartition(":")
        if not colon or "/" in tag:
            folder, tag = name.removeprefix(_LAYOUT), DEFAULT_TAG
        if not folder:
            raise SpecError(f"'{name}' names no folder", hint="Write oci:FOLDER or oci:FOLDER:TAG.")
        path = Path(folder)
        return Source(repository=OciLayout(path, image=_word(path)), selector=tag, name=name)

    def _remote(self, reference: Reference, *, push: bool) -> Source:
        repository = self._registry(reference.registry).repository(reference.repository, push=push)
        return Source(repository=repository, selector=reference.selector, name=str(reference))

    def _registry(self, host: str) -> Registry:
        if host not in self._registries:
            login = credentials.find(host, self._wishes(host), tell=console.note)
            registry = self._registries[host] = oci_registry.connect(
                host,
                login,
                ca_bundle=self._words.ca_bundle,
                insecure=self._words.insecure,
                resumables=self.resumables,
            )
            if acr.is_azure(host):  # its gateway is said to refuse requests of more than 20 MB
                registry.largest_chunk = oci_registry.CHUNK
        return self._registries[host]

    def _wishes(self, host: str) -> credentials.Wishes:
        """What was said about the login goes for the image's registry; elsewhere the stored one is taken."""
        words = self._words
        wishes = credentials.Wishes(
            auth=credentials.Auth.parse(words.auth),
            username=words.username,
            read_stdin=words.read_stdin,
            ask=words.ask,
            ca_bundle=words.ca_bundle,
            insecure=words.insecure,
        )
        if self._image.startswith(_LAYOUT) or host == Reference.parse(self._image).registry:
            return wishes
        return replace(
            wishes,
            auth=credentials.Auth.AUTO if wishes.auth is credentials.Auth.PASSWORD else wishes.auth,
            username="",
            read_stdin=None,
            environment={name: value for name, value in os.environ.items() if name not in credentials.VARIABLES},
        )


def _check(words: Words) -> None:
    if words.run:
        raise SpecError(
            "publish runs no commands: it only adds files",
            hint="Put --run into `azdacli create` for the runtime image, push that, then publish on it.",
        )
    if bool(words.add) == bool(words.rebase):
        raise SpecError(
            "publish takes either --add or --rebase",
            hint='Write --add "./custom-assets /custom-assets", or --rebase with the image that has the assets.',
        )


def _labels(texts: Sequence[str]) -> Mapping[str, str]:
    labels = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise SpecError(f"the label '{text}' has no value", hint="Write --label NAME=VALUE.")
        labels[name] = value
    return labels


def _word(path: Path) -> str:
    """Make a name that docker takes from a folder's."""
    kept = "".join(c if c.isalnum() and c.isascii() else "-" for c in path.resolve().name.lower()).strip("-")
    return kept or "azda"


def _tell(done: Published, seconds: float) -> None:
    console.note(f"base: {done.runtime}, {done.platform}")
    console.note(
        f"sent {progress.size(done.sent)} in {seconds:.1f} s; "
        f"{progress.size(max(0, done.total - done.sent))} of {progress.size(done.total)} were there already"
    )
