"""What `publish` does: put layers of assets on an image that is in a registry, and store what is missing there."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

from azdacli.errors import RegistryError
from azdacli.events import Listener, Progress
from azdacli.image import labels as asset_index
from azdacli.image.assets import Part
from azdacli.image.labels import Listing
from azdacli.oci import manifest as image_manifest
from azdacli.oci.manifest import Addition, Document, ImageManifest
from azdacli.oci.pull import Source, read
from azdacli.oci.repository import Repository
from azdacli.oci.schema import Descriptor
from azdacli.publish import asset_list, plan
from azdacli.publish.cache import Memory
from azdacli.publish.layer import Digested, Layer, of_part
from azdacli.publish.parallel import Parallel
from azdacli.publish.plan import Runtime
from azdacli.publish.uploader import Storing

_AT_ONCE = 4  # blobs under way; each holds a few pieces of 1 MiB


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
        base_digest: Of the base's manifest.
        files: The assets: path, size and digest of each.
        base_layers: The base's layers that are stored with the image.
    """

    digest: str
    platform: str
    runtime: Runtime
    layers: tuple[Addition, ...]
    sent: int
    total: int
    base_digest: str = ""
    files: Sequence[plan.File] = ()
    base_layers: tuple[Descriptor, ...] = ()


class Publisher:
    """Assembles one image in one repository.

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
        self._notify = listener
        self._storing = Storing(destination, memory, self._hear, interrupted)
        self._jobs = Parallel(_AT_ONCE)
        self._current = ""

    def publish(
        self,
        base: Source,
        parts: Sequence[Part],
        targets: Sequence[str],
        *,
        labels: Mapping[str, str] | None = None,
        check: Callable[[Runtime, Listing], None] | None = None,
    ) -> Published:
        """Put assets on a base.

        Args:
            base: A runtime image.
            parts: What becomes a layer each.
            targets: Where the image's runtime looks for assets.
            labels: More labels.
            check: Holds the assets against the base's runtime and its earlier assets; asked once for the same files on
                the same, while the first bytes travel. When it raises, nothing is tagged.

        Raises:
            SpecError: The base is none of ours, or an asset cannot go there.
            ParserError: A parser does not fit the base's Python, or its contract.
            RegistryError: A registry is away or refused.
        """
        image, current = self._read(base)
        before = asset_list.of(image, base)
        runtime = Runtime.of(image, base.name)
        plan.check_python(parts, runtime)
        layers = [of_part(part, release=runtime.release) for part in parts]
        plan.check_depth(image, len(layers) + 1)
        self._look(current, image, base.repository)
        jobs: list[Callable[[], Digested | None]] = [partial(self._storing.store, layer) for layer in layers]
        jobs += [partial(self._storing.copy, layer, base.repository) for layer in image.layers]
        ground = f"{runtime} with {image.labels.get(asset_index.DOCUMENT, '')}"
        checking = check is not None and not self._memory.is_checked(ground, layers)
        if check is not None and checking:
            jobs.append(partial(check, runtime, before))
        digested = [found for found in self._jobs.run(jobs)[: len(layers)] if found]
        if checking:
            self._memory.keep_checked(ground, layers)
        files = [file for part, found in zip(parts, digested, strict=True) for file in _files(part, found)]
        listing = plan.merged(before, files, targets)
        document = plan.document(runtime, listing)
        index = Layer(asset_index.LAYER, plan.index_layer(document))
        layers, digested = [*layers, index], [*digested, self._storing.store(index)]
        additions = tuple(
            Addition(digest=found.digest, size=layer.size, created_by=f"azdacli publish: {layer.label}")
            for layer, found in zip(layers, digested, strict=True)
        )
        reported = {**plan.labels(image, base.name, asset_index.labels(listing, document)), **(labels or {})}
        done = self._close(image, runtime, additions, reported)
        return replace(done, base_digest=image.digest, files=listing.files)

    def rebase(self, old: Source, base: Source) -> Published:
        """Move the layers of a published image to another runtime of the same kind.

        Raises:
            SpecError: The old image was not published, or the runtimes differ in kind.
            RegistryError: A registry is away or refused.
        """
        (image, current), before = self._read(base), read(old)
        runtime = Runtime.of(image, base.name)
        plan.check_rebase(Runtime.of(before, old.name), runtime)
        additions = plan.own_layers(before, old.name)
        plan.check_depth(image, len(additions))
        self._look(current, image, base.repository)
        own = before.layers[len(before.layers) - len(additions) :]
        jobs = [partial(self._storing.copy, layer, old.repository) for layer in own]
        jobs += [partial(self._storing.copy, layer, base.repository) for layer in image.layers]
        self._jobs.run(jobs)
        kept = plan.kept_labels(before)
        done = self._close(image, runtime, additions, plan.labels(image, base.name, kept))
        listing = asset_index.listed(before.labels, lambda _: None)
        return replace(done, base_digest=image.digest, files=listing.files if listing else ())

    def _read(self, base: Source) -> tuple[ImageManifest, Document | None]:
        """Read the base, and at the same time the manifest that has our tag now."""
        with ThreadPoolExecutor(max_workers=1) as pool:
            current = pool.submit(self._to.manifest, self._tag)
            image = read(base)
        return image, current.result()

    def _look(self, current: Document | None, image: ImageManifest, base: Repository) -> None:
        """Note which blobs are surely there: those that a manifest in the same repository names."""
        known: set[str] = set()
        if current is not None:
            self._current = current.digest
            known |= image_manifest.blobs_of(current)
        if base.name == self._to.name:
            known |= {layer.digest for layer in image.layers}
        self._storing.there = frozenset(known)

    def _close(
        self, image: ImageManifest, runtime: Runtime, additions: tuple[Addition, ...], labels: Mapping[str, str]
    ) -> Published:
        """Store the configuration and, last of all, the manifest under its tag."""
        held = self._to.media_types
        kept = image if not held or image.media_type in held else image.in_oci()
        config, manifest = image_manifest.compose(plan.without_origin(kept), additions, labels)
        self._storing.hold(config)
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
            base_layers=tuple(layer for layer in image.layers if not layer.is_foreign),
        )

    def _hear(self, news: Progress) -> None:
        if self._jobs.stopped.is_set():
            raise RegistryError("stopped, because another part failed")
        self._notify(news)


def _files(part: Part, found: Digested) -> Iterator[plan.File]:
    """Describe a part's files for the label, as `create` does."""
    digests = dict(found.files)
    for item in part.items:
        if item.is_file:
            yield {"path": item.target, "size": item.size, "digest": digests[item.source]}
