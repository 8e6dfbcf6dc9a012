"""The versions of a repository: what each is, and which of them may go."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Protocol

_PARTS = re.compile(r"\d+|\D+")
_NEVER = datetime.min.replace(tzinfo=timezone.utc)


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """What a registry says of a manifest without showing it.

    Attributes:
        digest: Its digest.
        tags: Its tags; none for one that only its digest names.
        stored: When the registry got it; None where it does not say.
        locked: Whether it can be neither deleted nor changed.
    """

    digest: str
    tags: tuple[str, ...] = ()
    stored: datetime | None = None
    locked: bool = False


class Inventory(Protocol):
    """A repository whose versions are listed, deleted and locked.

    Attributes:
        lists_untagged: Whether manifests without a tag are listed too; the distribution API names tags alone.
    """

    lists_untagged: bool

    def listed(self) -> Sequence[Listed]:
        """List all that is there."""

    def delete(self, digest: str) -> None:
        """Delete a manifest with all its tags."""

    def lock(self, digest: str, *, locked: bool) -> None:
        """Forbid or allow that a manifest is deleted or changed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """One version of an image.

    Attributes:
        listed: What the registry says of it.
        created: When it was built, as its configuration says; None where it does not.
        size: Bytes of its blobs as they are stored; None where that is not known.
        platforms: `linux/arm64`.
        release: DeepStream's; empty for what azdacli did not make.
        target: `jetson`, `dgpu` or `cpu`; empty for what azdacli did not make.
        assets: The folders and files that `--add` brought.
        parts: The manifests that it consists of, for several platforms.
        subject: The manifest that it is about; empty for an image.
        used_by: Who names it: modules of a manifest, a device.
    """

    listed: Listed
    created: datetime | None = None
    size: int | None = None
    platforms: tuple[str, ...] = ()
    release: str = ""
    target: str = ""
    assets: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    subject: str = ""
    used_by: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Its digest."""
        return self.listed.digest

    @property
    def tags(self) -> tuple[str, ...]:
        """Its tags."""
        return self.listed.tags

    @property
    def age_from(self) -> datetime | None:
        """When it came to be: in the registry, else when it was built. `publish` keeps its base's time."""
        return self.listed.stored or self.created


@dataclass(frozen=True, kw_only=True, slots=True)
class Removal:
    """What is to be deleted, and what stays although a rule would have it deleted.

    Attributes:
        versions: What is deleted, the oldest first.
        digests: Their digests, and those of the parts that nothing else needs, in the order of deleting.
        spared: What stays, each with the reason.
    """

    versions: tuple[Version, ...]
    digests: tuple[str, ...]
    spared: tuple[tuple[Version, str], ...]


def newest_first(versions: Collection[Version]) -> list[Version]:
    """Sort by age; of the same age the greater tag is the newer one (1.10 after 1.9)."""
    return sorted(versions, key=lambda v: (v.age_from or _NEVER, max(map(natural, v.tags), default=())), reverse=True)


def natural(tag: str) -> tuple[tuple[int, int, str], ...]:
    """A tag as something to sort by: numbers as numbers."""
    return tuple((1, int(part), "") if part.isdecimal() else (0, 0, part) for part in _PARTS.findall(tag))


def roots(versions: Collection[Version]) -> list[Version]:
    """The versions that a user thinks of: neither parts of another, nor what is attached to another."""
    present = {v.digest for v in versions}
    parts = {digest for v in versions for digest in v.parts}
    return [v for v in versions if v.tags or not (v.digest in parts or (v.subject and v.subject in present))]


def removal(versions: Collection[Version], *, keep: int | None = None, untagged: bool = False) -> Removal:
    """Choose what goes: all but the newest tagged versions, and what has no tag. What is locked or in use stays."""
    whole = roots(versions)
    tagged = newest_first([v for v in whole if v.tags])
    chosen = tagged[keep:] if keep is not None else []
    chosen += [v for v in whole if not v.tags] if untagged else []
    spared = tuple((v, why) for v in chosen if (why := _spared(v)))
    leaving = [v for v in reversed(newest_first(chosen)) if not _spared(v)]
    gone = {v.digest for v in leaving}
    needed = {digest for v in whole if v.digest not in gone for digest in (v.digest, *v.parts)}
    attached = [v.digest for v in versions if v.subject in gone and not v.tags]
    parts = [digest for v in leaving for digest in v.parts if digest not in needed]
    tags_of = {v.digest: v.tags for v in versions}
    digests = [*attached, *(v.digest for v in leaving), *(d for d in parts if not tags_of.get(d))]
    return Removal(versions=tuple(leaving), digests=tuple(dict.fromkeys(digests)), spared=spared)


def _spared(version: Version) -> str:
    if version.used_by:
        return f"used by {', '.join(version.used_by)}"
    return "locked" if version.listed.locked else ""
