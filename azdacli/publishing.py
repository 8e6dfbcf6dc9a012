"""What `publish` does: put layers of assets on an image that is in a registry, and store what is missing there."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from azdacli import image_manifest, publish_plan
from azdacli.assets import Part
from azdacli.engine import Listener, Progress
from azdacli.errors import RegistryError, SpecError
from azdacli.image_manifest import Addition, Descriptor, Document, ImageManifest
from azdacli.layer import Digested, Layer, of_part
from azdacli.publish_plan import Runtime
from azdacli.registry import Content, Repository
from azdacli.remembered import Memory

_AT_ONCE = 4  # blobs under way; each holds a few pieces of 1 MiB
_SMALL = 1 << 20
_LARGEST_CONFIG = 8 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """An image to read: where it is, what picks it, and what a user calls it."""

    repository: Repository
    selector: str
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Published:
    """What was stored.

    Attributes:
        digest: Of the manifest.
        platform: `linux/arm64`.
        runtime: What the base is.
        layers: The layers put on the base.
        sent: Bytes of blobs that travelled to the registry.
        total: Bytes of all blobs of the image.
    """

    digest: str
    platform: str
    runtime: Runtime
    layers: tuple[Addition, ...]
    sent: int
    total: int


class Publisher:
    """Puts one image together in one repository.

    Args:
        destination: Where the image goes.
        tag: Its tag; what has it now is looked at first, because what it holds need not be asked for.
        memory: Digests of earlier runs.
        listener: Hears of progress.
        interrupted: Whether an earlier run left an upload of this key in the destination.
    """

    def __init__(
        self,
        destination: Repository,
        tag: str,
        *,
        memory: Memory,
        listener: Listener,
        interrupted: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self._to = destination
        self._tag = tag
        self._memory = memory
        self._tell = listener
        self._interrupted = interrupted
        self._stopped = threading.Event()
        self._there: frozenset[str] = frozenset()
        self._current = ""

    def publish(
        self,
        base: Source,
        parts: Sequence[Part],
        targets: Sequence[str],
        *,
        platform: str | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> Published:
        """Put assets on a base.

        Args:
            base: A runtime image.
            parts: What becomes a layer each.
            targets: Where the image's runtime looks for assets.
            platform: Which image of a base for several.
            labels: More labels.

        Raises:
            SpecError: The base is none of ours, or an asset cannot go there.
            ParserError: A parser does not fit the base's Python.
            RegistryError: A registry is away or refused.
        """
        image = read(base, platform=platform)
        runtime = Runtime.of(image, base.name)
        publish_plan.check_python(parts, runtime)
        layers = [of_part(part, release=runtime.release) for part in parts]
        self._look(image, base.repository)
        jobs: list[Callable[[], Digested | None]] = [self._job(layer) for layer in layers]
        jobs += [self._copy_job(layer, base.repository) for layer in image.layers]
        digested = [found for found in self._together(jobs)[: len(layers)] if found]
        files = [file for part, found in zip(parts, digested, strict=True) for file in _files(part, found)]
        files, targets = publish_plan.merged(image, files, targets)
        index = Layer("the list of assets", publish_plan.index_layer(runtime, files, targets))
        layers, digested = [*layers, index], [*digested, self._store(index)]
        additions = tuple(
            Addition(digest=found.digest, size=layer.size, story=f"azdacli publish: {layer.label}")
            for layer, found in zip(layers, digested, strict=True)
        )
        told = {**publish_plan.labels(image, base.name, files, targets), **(labels or {})}
        return self._close(image, runtime, additions, told)

    def rebase(self, old: Source, base: Source, *, platform: str | None = None) -> Published:
        """Move the layers of a published image to another runtime of the same kind.

        Raises:
            SpecError: The old image was not published, or the runtimes differ in kind.
            RegistryError: A registry is away or refused.
        """
        image, before = read(base, platform=platform), read(old, platform=platform)
        runtime = Runtime.of(image, base.name)
        publish_plan.check_rebase(Runtime.of(before, old.name), runtime)
        additions = publish_plan.own_layers(before, old.name)
        self._look(image, base.repository)
        own = before.layers[len(before.layers) - len(additions) :]
        jobs = [self._copy_job(layer, old.repository) for layer in own]
        jobs += [self._copy_job(layer, base.repository) for layer in image.layers]
        self._together(jobs)
        files, targets = publish_plan.merged(before, [], [])
        return self._close(image, runtime, additions, publish_plan.labels(image, base.name, files, targets))

    def _look(self, image: ImageManifest, base: Repository) -> None:
        """Note which blobs are surely there: those that a manifest in the same repository names."""
        current = self._to.manifest(self._tag)
        known: set[str] = set()
        if current is not None:
            self._current = current.digest
            if current.media_type not in image_manifest.INDEXES:
                named = image_manifest.parsed(current.data)
                known |= {str(entry.get("digest")) for entry in [*named.get("layers", []), named.get("config", {})]}
        if base.name == self._to.name:
            known |= {layer.digest for layer in image.layers}
        self._there = frozenset(known)

    def _close(
        self, image: ImageManifest, runtime: Runtime, additions: tuple[Addition, ...], labels: Mapping[str, str]
    ) -> Published:
        """Store the configuration and, last of all, the manifest under its tag."""
        held = self._to.media_types
        kept = image if not held or image.media_type in held else image.in_oci()
        config, manifest = image_manifest.compose(kept, additions, labels)
        if not self._holds(config.digest):
            self._to.put(_held(config), self._tell)
        if manifest.digest != self._current:
            self._to.put_manifest(manifest, self._tag)
        self._memory.save()
        total = len(config.data) + sum(a.size for a in image.layers) + sum(a.size for a in additions)
        return Published(
            digest=manifest.digest,
            platform=image.platform,
            runtime=runtime,
            layers=additions,
            sent=self._to.sent,
            total=total,
        )

    def _together(self, jobs: Sequence[Callable[[], Digested | None]]) -> list[Digested | None]:
        """Run jobs a few at a time; the first failure stops all."""
        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            running: list[Future[Digested | None]] = [pool.submit(job) for job in jobs]
            try:
                done, _ = wait(running, return_when=FIRST_EXCEPTION)
            except BaseException:
                self._stop(running)
                raise
            failed = [future for future in running if future in done and not future.cancelled() and future.exception()]
            if failed:
                self._stop(running)
                failed[0].result()
        return [future.result() for future in running]

    def _stop(self, running: Sequence[Future[Digested | None]]) -> None:
        self._stopped.set()
        for future in running:
            future.cancel()

    def _hear(self, news: Progress) -> None:
        if self._stopped.is_set():
            raise RegistryError("stopped, because another part failed")
        self._tell(news)

    def _holds(self, digest: str) -> bool:
        return digest in self._there or self._to.has(digest)

    def _job(self, layer: Layer) -> Callable[[], Digested]:
        return lambda: self._store(layer)

    def _copy_job(self, layer: Descriptor, source: Repository) -> Callable[[], None]:
        return lambda: self._copy(layer, source)

    def _store(self, layer: Layer) -> Digested:
        """Bring one of our layers; its files are read once at most when they are known to be new."""
        known = self._memory.recall(layer)
        surely_new = layer.size > _SMALL and self._memory.is_changed(layer) and not self._interrupted(layer.key)
        if known is None and not surely_new:
            known = layer.digested()
        if known is None:
            files: dict[str, str] = {}
            digest = self._to.put(_content(layer, None, files), self._hear)
            known = Digested(digest=digest, files=_complete(layer, files))
        elif not self._holds(known.digest):
            stored = self._to.put(_content(layer, known.digest, None), self._hear)
            if stored != known.digest:  # what we remembered was wrong: the registry counted for itself
                self._memory.forget(layer)
                known = layer.digested()
        self._memory.keep(layer, known)
        return known

    def _copy(self, layer: Descriptor, source: Repository) -> None:
        """Bring one of the base's layers, without moving it where that is possible."""
        if layer.is_foreign or layer.digest in self._there:
            return
        if self._to.mount(layer.digest, source) or self._to.has(layer.digest):
            return
        content = Content(
            size=layer.size,
            key=layer.digest,
            read=lambda offset: source.blob(layer.digest, offset),
            digest=layer.digest,
            label=f"base {layer.digest[7:19]}",
        )
        if self._to.put(content, self._hear) != layer.digest:
            raise RegistryError(f"the layer {layer.digest} of {source.name} did not arrive as it is named")


def read(source: Source, *, platform: str | None) -> ImageManifest:
    """Read an image's manifest and configuration; of an index, the one of the platform.

    Raises:
        RegistryError: There is none, or it is broken.
        SpecError: It is for several platforms and none was chosen, or for another.
    """
    found = source.repository.manifest(source.selector)
    if found is not None and found.media_type in image_manifest.INDEXES:
        digest = image_manifest.choose(found, platform=platform, name=source.name)
        found = source.repository.manifest(digest)
    if found is None:
        raise RegistryError(
            f"there is no {source.name}", hint="Check the name and the tag; `azdacli push` puts one there."
        )
    config = image_manifest.descriptor(image_manifest.parsed(found.data).get("config") or {})
    if config.size > _LARGEST_CONFIG:
        raise RegistryError(f"the configuration of {source.name} is larger than any image's")
    image = image_manifest.parse(found, b"".join(source.repository.blob(config.digest)))
    if platform and image.platform != platform:
        raise SpecError(
            f"{source.name} is made for {image.platform}, not for {platform}",
            hint="Leave --platform out, or choose another base.",
        )
    return image


def _content(layer: Layer, digest: str | None, files: dict[str, str] | None) -> Content:
    def from_offset(offset: int) -> Iterator[bytes]:
        return layer.read(offset, files)

    return Content(size=layer.size, key=layer.key, read=from_offset, digest=digest, label=layer.label)


def _complete(layer: Layer, files: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Digest what an interruption cut in two."""
    return tuple(files.items()) if layer.sources <= set(files) else layer.digested().files


def _held(document: Document) -> Content:
    return Content(
        size=len(document.data),
        key=document.digest,
        read=lambda offset: iter([document.data[offset:]]),
        digest=document.digest,
        label="configuration",
    )


def _files(part: Part, found: Digested) -> Iterator[publish_plan.File]:
    """Describe a part's files for the label, as `create` does."""
    digests = dict(found.files)
    for item in part.items:
        if item.link is None and not item.folder:
            yield {"path": str(item.path), "size": item.size, "digest": digests[str(item.source)]}
