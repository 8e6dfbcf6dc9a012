"""The name of an image, `registry/repository:tag@digest`, parsed once.

The grammar and the defaults are those of docker's own reference package: no registry means `docker.io`, a single word
there stands below `library/`, and neither tag nor digest means `latest`.
"""

import re
from dataclasses import dataclass, field, replace

from azdacli.errors import SpecError

DOCKER_HUB = "docker.io"
DEFAULT_TAG = "latest"
_LONGEST_NAME = 255
_HOST_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_REGISTRY = re.compile(rf"(?:{_HOST_LABEL}(?:\.{_HOST_LABEL})*|\[[a-f0-9:]+\])(?::[0-9]{{1,5}})?")
_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DIGEST = re.compile(r"sha256:[a-f0-9]{64}")
_IMAGE_ID = re.compile(r"[a-f0-9]{64}")
_NAME_HINT = "write it as registry/repository:tag, for example myregistry.azurecr.io/pose:1.4"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reference:
    """An image's name with every default filled in.

    Attributes:
        registry: Host and, where it is not the usual one, port: `myregistry.azurecr.io`, `localhost:5000`.
        repository: The path below the registry, lower case: `library/debian`.
        tag: The tag; None only when there is a digest.
        digest: `sha256:` and 64 hexadecimal digits, or None.
        registry_named: False when the user named no registry and `docker.io` was filled in.

    Raises:
        SpecError: A part breaks the grammar.
    """

    registry: str
    repository: str
    tag: str | None = DEFAULT_TAG
    digest: str | None = None
    registry_named: bool = field(default=True, compare=False)

    def __post_init__(self) -> None:
        if not _REGISTRY.fullmatch(self.registry):
            raise SpecError(
                f"{self.registry!r} is not the name of a registry", hint="write its host, and :port if it has one"
            )
        _check_repository(self.repository)
        if len(self.name) > _LONGEST_NAME:
            raise SpecError(f"the image name {self.name!r} is longer than {_LONGEST_NAME} characters", hint=_NAME_HINT)
        if self.tag is not None and not _TAG.fullmatch(self.tag):
            raise SpecError(
                f"{self.tag!r} is not a tag",
                hint="a tag has up to 128 letters, digits, '_', '.' and '-', and starts with none of the last two",
            )
        if self.digest is not None and not _DIGEST.fullmatch(self.digest):
            raise SpecError(f"{self.digest!r} is not a digest", hint="a digest is sha256: and 64 hexadecimal digits")
        if self.tag is None and self.digest is None:
            raise SpecError(f"the image name {self.name!r} has neither tag nor digest", hint=_NAME_HINT)

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag is not None else ""
        digest = f"@{self.digest}" if self.digest is not None else ""
        return f"{self.name}{tag}{digest}"

    @classmethod
    def parse(cls, text: str) -> "Reference":
        """Read a name as docker does.

        Args:
            text: What a user typed: `azda-byom-example`, `localhost:5000/pose:1.4`, `x.azurecr.io/pose@sha256:…`.

        Raises:
            SpecError: The text is not an image name; the message names the part that is wrong.
        """
        rest, at, digest = text.partition("@")
        name, tag = _split_tag(rest)
        registry, repository, named = _split_registry(name, whole=text)
        return cls(
            registry=registry,
            repository=repository,
            tag=tag if tag is not None or at else DEFAULT_TAG,
            digest=digest if at else None,
            registry_named=named,
        )

    @property
    def name(self) -> str:
        """Registry and repository, without tag and digest."""
        return f"{self.registry}/{self.repository}"

    @property
    def selector(self) -> str:
        """What picks the manifest in the repository: the digest if there is one, else the tag."""
        return self.digest or self.tag or DEFAULT_TAG

    @property
    def familiar(self) -> str:
        """The name as docker shows it: without the registry and `library/` that nobody typed."""
        if self.registry_named:
            return str(self)
        return str(self).removeprefix(f"{DOCKER_HUB}/").removeprefix("library/")

    def with_digest(self, digest: str) -> "Reference":
        """The same name pinned to a digest, without its tag."""
        return replace(self, tag=None, digest=digest)

    def with_registry(self, registry: str) -> "Reference":
        """The same image in a registry; a name that already is in it stays as it is.

        Args:
            registry: Host, `:port` and optionally a path that goes before the repository; `https://` and a closing
                slash are forgiven.

        Raises:
            SpecError: The name already names another registry, or `registry` is none.
        """
        host, prefix = _split_prefix(registry)
        if not self.registry_named:
            own = self.repository.removeprefix("library/")
            repository = f"{prefix}/{own}" if prefix else own
            return replace(self, registry=host, repository=repository, registry_named=True)
        if self.registry != host:
            raise SpecError(
                f"the image {self} already names the registry {self.registry}, and {host} was asked for",
                hint="use one of the two",
            )
        if not prefix or self.repository.startswith(f"{prefix}/"):
            return self
        return replace(self, repository=f"{prefix}/{self.repository}")


def registry_host(text: str) -> str:
    """Read the host, and port if it has one, of what a user names a registry with; `https://` and a path are forgiven.

    Raises:
        SpecError: It is not valid.
    """
    host = _split_prefix(text)[0]
    return DOCKER_HUB if host == f"index.{DOCKER_HUB}" else host


def _check_repository(repository: str) -> None:
    if _REPOSITORY.fullmatch(repository):
        if _IMAGE_ID.fullmatch(repository.removeprefix("library/")):
            raise SpecError(f"{repository!r} looks like an image id, not like a name", hint=_NAME_HINT)
        return
    lower = repository.lower().removeprefix("library/")
    if not repository.islower() and _REPOSITORY.fullmatch(lower):
        raise SpecError(
            f"the image name {repository!r} has upper-case letters, which no registry takes", hint=f"write {lower}"
        )
    raise SpecError(f"{repository.removeprefix('library/')!r} is not the name of an image", hint=_NAME_HINT)


def _split_tag(rest: str) -> tuple[str, str | None]:
    """Cut the tag off; a colon before the last slash belongs to a port."""
    name, colon, tag = rest.rpartition(":")
    return (name, tag) if colon and "/" not in tag else (rest, None)


def _split_registry(name: str, *, whole: str) -> tuple[str, str, bool]:
    if not name or name != name.strip():
        raise SpecError(f"{whole!r} is not the name of an image", hint=_NAME_HINT)
    first, slash, rest = name.partition("/")
    if slash and first.endswith(":") and rest.startswith("/"):
        raise SpecError(f"the image name {whole!r} is a web address", hint="leave out what stands before the host")
    if not slash or not _is_registry(first):
        return DOCKER_HUB, name if slash else f"library/{name}", False
    host = first.lower()  # hosts have no case, and Azure refuses tokens for a host in capitals
    if host in {DOCKER_HUB, f"index.{DOCKER_HUB}"}:
        return DOCKER_HUB, rest if "/" in rest else f"library/{rest}", True
    return host, rest, True


def _is_registry(first: str) -> bool:
    return "." in first or ":" in first or first.lower() == "localhost"


def _split_prefix(registry: str) -> tuple[str, str]:
    bare = re.sub(r"^https?://", "", registry.strip(), flags=re.IGNORECASE).rstrip("/")
    host, _, prefix = bare.partition("/")
    if not _REGISTRY.fullmatch(host.lower()):
        raise SpecError(
            f"{registry!r} is not the name of a registry", hint="write its host, for example myregistry.azurecr.io"
        )
    if prefix:
        _check_repository(prefix)
    return host.lower(), prefix
