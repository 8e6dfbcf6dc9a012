"""Bringing blobs into a repository: our layers, the base's, and the configuration; none that is there already."""

from collections.abc import Callable, Iterator

from azdacli.errors import RegistryError
from azdacli.events import Listener, Progress
from azdacli.oci.manifest import Document
from azdacli.oci.repository import Content, Repository
from azdacli.oci.schema import Descriptor
from azdacli.publish.cache import Memory
from azdacli.publish.layer import Digested, Layer

_SMALL = 1 << 20


class Storing:
    """Stores blobs in one repository.

    Args:
        destination: Where they go.
        memory: Digests of earlier runs.
        listener: Hears of progress.
        interrupted: Whether an earlier run left an upload of this key in the destination.

    Attributes:
        there: Digests of blobs that are surely there: the registry is not asked for them.
    """

    def __init__(
        self, destination: Repository, memory: Memory, listener: Listener, interrupted: Callable[[str], bool]
    ) -> None:
        self.there: frozenset[str] = frozenset()
        self._to = destination
        self._memory = memory
        self._notify = listener
        self._interrupted = interrupted

    def store(self, layer: Layer) -> Digested:
        """Bring one of our layers; its files are read once at most when they are known to be new.

        Raises:
            SpecError: A file cannot be read, or changes meanwhile.
            RegistryError: The place is away or refuses.
        """
        known = self._memory.recall(layer)
        if known is None and not self._is_surely_new(layer):
            known = self._digested(layer)
        if known is None:
            files: dict[str, str] = {}
            digest = self._to.put(_content(layer, None, files), self._notify)
            # An interruption may have cut a file in two.
            whole = tuple(files.items()) if layer.sources <= set(files) else self._digested(layer).files
            known = Digested(digest=digest, files=whole)
        elif not self._holds(known.digest):
            stored = self._to.put(_content(layer, known.digest, None), self._notify)
            if stored != known.digest:  # what we remembered was wrong: the registry counted for itself
                self._memory.forget(layer)
                known = self._digested(layer)
        self._memory.keep(layer, known)
        return known

    def copy(self, layer: Descriptor, source: Repository) -> None:
        """Bring one of the base's layers, without moving it where that is possible.

        Raises:
            RegistryError: A place is away or refuses, or gave other bytes than it named.
        """
        if layer.is_foreign or layer.digest in self.there:
            return
        if self._to.mount(layer.digest, source) or self._to.has(layer.digest):
            return
        content = Content(
            size=layer.size,
            key=layer.digest,
            read=lambda offset: source.blob(layer.digest, offset, size=layer.size),
            digest=layer.digest,
            label=f"base {layer.digest[7:19]}",
        )
        if self._to.put(content, self._notify) != layer.digest:
            raise RegistryError(f"the layer {layer.digest} of {source.name} did not arrive as it is named")

    def hold(self, document: Document) -> None:
        """Store a configuration; RegistryError when the place is away or refuses."""
        if not self._holds(document.digest):
            self._to.put(_held(document), self._notify)

    def _is_surely_new(self, layer: Layer) -> bool:
        return layer.size > _SMALL and self._memory.is_changed(layer) and not self._interrupted(layer.key)

    def _digested(self, layer: Layer) -> Digested:
        def hear(done: int) -> None:
            if layer.size > _SMALL:
                self._notify(Progress(text="reading", item=layer.label, done=done, total=layer.size))

        return layer.digested(hear)

    def _holds(self, digest: str) -> bool:
        return digest in self.there or self._to.has(digest)


def _content(layer: Layer, digest: str | None, files: dict[str, str] | None) -> Content:
    def from_offset(offset: int) -> Iterator[bytes]:
        return layer.read(offset, files)

    return Content(size=layer.size, key=layer.key, read=from_offset, digest=digest, label=layer.label)


def _held(document: Document) -> Content:
    return Content(
        size=len(document.data),
        key=document.digest,
        read=lambda offset: iter([document.data[offset:]]),
        digest=document.digest,
        label="configuration",
    )
