"""A name is read once, as docker reads it, and written back the same."""

import contextlib
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azdacli.errors import SpecError
from azdacli.oci.reference import Reference

DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("azda-byom-example", "docker.io/library/azda-byom-example:latest"),
        ("team/pose:1.4", "docker.io/team/pose:1.4"),
        ("docker.io/debian", "docker.io/library/debian:latest"),
        ("index.docker.io/team/pose", "docker.io/team/pose:latest"),
        ("localhost/pose", "localhost/pose:latest"),
        ("localhost:5000/pose:1.4", "localhost:5000/pose:1.4"),
        ("127.0.0.1:5000/a/b/c", "127.0.0.1:5000/a/b/c:latest"),
        ("[::1]:5000/pose", "[::1]:5000/pose:latest"),
        ("registry:5000/pose", "registry:5000/pose:latest"),
        ("whatever.azurecr.io/pose", "whatever.azurecr.io/pose:latest"),
        ("Whatever.AzureCR.io/pose", "whatever.azurecr.io/pose:latest"),
        (f"whatever.azurecr.io/pose@{DIGEST}", f"whatever.azurecr.io/pose@{DIGEST}"),
        (f"whatever.azurecr.io/pose:1.4@{DIGEST}", f"whatever.azurecr.io/pose:1.4@{DIGEST}"),
        ("pose:Release_1.4-rc", "docker.io/library/pose:Release_1.4-rc"),
        ("a__b/c---d/e.f", "docker.io/a__b/c---d/e.f:latest"),
    ],
)
def test_a_name_gets_the_defaults_that_docker_gives_it(typed: str, meant: str) -> None:
    assert str(Reference.parse(typed)) == meant


@pytest.mark.parametrize(
    ("typed", "words", "hint"),
    [
        ("x.azurecr.io/Pose:1", "upper-case", "write pose"),
        ("Pose", "upper-case", "write pose"),
        ("Team/pose", "upper-case", "write team/pose"),
        ("", "not the name of an image", "registry/repository:tag"),
        (" pose", "not the name of an image", "registry/repository:tag"),
        ("pose:", "not a tag", "128"),
        ("pose:-x", "not a tag", "128"),
        ("pose:" + "x" * 129, "not a tag", "128"),
        ("pose@", "not a digest", "64"),
        ("pose@sha256:12", "not a digest", "64"),
        ("pose:1\nRUN evil", "not a tag", "128"),
        ("pose\n", "not the name of an image", "registry/repository:tag"),
        ("a..b/c", "not the name of a registry", "host"),
        ("a//b", "not the name of an image", "registry/repository:tag"),
        ("x.azurecr.io/", "not the name of an image", "registry/repository:tag"),
        ("https://x.azurecr.io/pose", "web address", "leave out"),
        ("-x.azurecr.io/pose", "not the name of a registry", "host"),
        ("0" * 64, "looks like an image id", "registry/repository:tag"),
        ("x.azurecr.io/" + "a" * 250, "longer than 255", "registry/repository:tag"),
    ],
)
def test_a_wrong_name_is_refused_with_a_sentence_and_a_hint(typed: str, words: str, hint: str) -> None:
    with pytest.raises(SpecError, match=words) as caught:
        Reference.parse(typed)
    assert caught.value.hint is not None
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("image", "registry", "meant"),
    [
        ("azda-byom-example", "whatever.azurecr.io", "whatever.azurecr.io/azda-byom-example:latest"),
        ("azda-byom-example:2", "https://whatever.azurecr.io/", "whatever.azurecr.io/azda-byom-example:2"),
        ("whatever.azurecr.io/pose:1", "whatever.azurecr.io", "whatever.azurecr.io/pose:1"),
        ("whatever.azurecr.io/pose:1", "WHATEVER.azurecr.io", "whatever.azurecr.io/pose:1"),
        ("team/pose", "localhost:5000", "localhost:5000/team/pose:latest"),
        ("pose", "ghcr.io/team", "ghcr.io/team/pose:latest"),
        ("ghcr.io/team/pose", "ghcr.io/team", "ghcr.io/team/pose:latest"),
        ("ghcr.io/pose", "ghcr.io/team", "ghcr.io/team/pose:latest"),
    ],
)
def test_a_registry_is_put_before_a_name_once(image: str, registry: str, meant: str) -> None:
    named = Reference.parse(image).with_registry(registry)
    assert str(named) == meant
    assert named.with_registry(registry) == named


def test_a_name_with_another_registry_is_not_guessed_about() -> None:
    with pytest.raises(SpecError, match=r"already names the registry one\.example"):
        Reference.parse("one.example/pose").with_registry("two.example")


def test_what_is_no_registry_is_refused() -> None:
    with pytest.raises(SpecError, match="not the name of a registry"):
        Reference.parse("pose").with_registry("what ever")


def test_a_pinned_name_loses_its_tag() -> None:
    assert str(Reference.parse("x.azurecr.io/pose:1").with_digest(DIGEST)) == f"x.azurecr.io/pose@{DIGEST}"


WORD = st.text(string.ascii_lowercase + string.digits, min_size=1, max_size=8)
HOSTS = st.one_of(
    st.builds("{}.{}".format, WORD, WORD), st.builds("{}:{}".format, WORD, st.integers(1, 65535)), st.just("localhost")
)
PATHS = st.lists(st.builds("{}{}{}".format, WORD, st.sampled_from([".", "_", "__", "-"]), WORD), min_size=1, max_size=4)
TAGS = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}", fullmatch=True).filter(str.isascii)


@given(host=HOSTS, path=PATHS, tag=st.none() | TAGS, digest=st.none() | st.just(DIGEST))
def test_a_name_that_was_written_is_read_back_the_same(
    host: str, path: list[str], tag: str | None, digest: str | None
) -> None:
    if tag is None and digest is None:
        tag = "latest"
    name = Reference(registry=host, repository="/".join(path), tag=tag, digest=digest)
    assert Reference.parse(str(name)) == name


@given(st.text(string.ascii_letters + string.digits + "./:@-_[]\n ", max_size=40) | st.text(max_size=20))
def test_any_text_is_a_name_that_survives_a_round_trip_or_is_refused_clearly(text: str) -> None:
    with contextlib.suppress(SpecError):
        name = Reference.parse(text)
        assert Reference.parse(str(name)) == name
