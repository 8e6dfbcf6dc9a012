"""Which versions go, and which stay."""

from collections.abc import Iterable
from datetime import datetime, timezone

from azdacli.oci.versions import Listed, Version, natural, newest_first, removal, roots


def version(name: str, *tags: str, day: int = 0, locked: bool = False, **more: object) -> Version:
    stored = datetime(2026, 1, day, tzinfo=timezone.utc) if day else None
    return Version(listed=Listed(digest=name, tags=tags, stored=stored, locked=locked), **more)


def names(versions: Iterable[Version]) -> list[str]:
    return [v.digest for v in versions]


def test_the_newest_stay() -> None:
    found = [version("a", "1", day=1), version("c", "3", day=3), version("b", "2", day=2)]
    assert names(newest_first(found)) == ["c", "b", "a"]
    assert removal(found, keep=2).digests == ("a",)
    assert removal(found, keep=5).digests == ()
    assert removal(found).digests == ()


def test_of_the_same_age_the_greater_number_is_newer() -> None:
    found = [version("ten", "1.10"), version("nine", "1.9"), version("two", "1.2", "1.11")]
    assert names(newest_first(found)) == ["two", "ten", "nine"]
    assert natural("v1.10-rc2") > natural("v1.9-rc2")


def test_what_is_in_use_or_locked_stays_and_says_why() -> None:
    found = [
        version("a", "1", day=1, used_by=("ai-pipeline",)),
        version("b", "2", day=2, locked=True),
        version("c", "3", day=3),
        version("d", "4", day=4),
    ]
    going = removal(found, keep=1)
    assert going.digests == ("c",)
    assert [(v.digest, why) for v, why in going.spared] == [("b", "locked"), ("a", "used by ai-pipeline")]


def test_parts_of_an_index_and_what_is_attached_are_no_versions_without_a_tag() -> None:
    found = [
        version("index", "1", day=1, parts=("arm", "amd")),
        version("arm"),
        version("amd"),
        version("sbom", subject="index"),
        version("old"),
        version("orphan", subject="long-gone"),
    ]
    assert names(roots(found)) == ["index", "old", "orphan"]
    assert set(removal(found, untagged=True).digests) == {"old", "orphan"}


def test_with_an_index_go_its_parts_and_what_is_attached_to_it() -> None:
    found = [
        version("one", "1", day=1, parts=("arm", "both")),
        version("two", "2", day=2, parts=("amd", "both")),
        version("arm"),
        version("both"),
        version("amd"),
        version("sbom", subject="one"),
    ]
    assert removal(found, keep=1).digests == ("sbom", "one", "arm")
