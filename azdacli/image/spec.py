"""What an image is to be: frozen values that check themselves."""

import re
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path, PurePosixPath

from azdacli.errors import SpecError
from azdacli.image import label_text
from azdacli.image.lock import Lock

# What may stand on one line of a Dockerfile and stay what it is: no line ends, no control characters.
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_WHITEOUT = ".wh."
_BACKEND = re.compile(r"[a-z0-9_]+")
# What may stand after FROM: it begins as a name does, so it is not a flag, and holds nothing that an engine expands.
_IMAGE = re.compile(r"(\[[0-9a-fA-F:]+\]|[A-Za-z0-9])[A-Za-z0-9._:/@-]{0,511}")
_REGISTRY = re.compile(r"(\[[0-9a-fA-F:]+\]|[A-Za-z0-9])[A-Za-z0-9.:-]*(/[a-z0-9][a-z0-9._-]*)*/?")


class Target(Enum):
    """Where the image will run. `linux/arm64` alone does not distinguish a Jetson from a server."""

    DGPU = "dgpu"
    JETSON = "jetson"
    CPU = "cpu"

    @property
    def label(self) -> str:
        """The name as NVIDIA and the tutorial write it."""
        return {"dgpu": "dGPU", "jetson": "Jetson", "cpu": "CPU"}[self.value]

    @classmethod
    def parse(cls, text: str) -> "Target":
        """Read a `--device-type` in any case."""
        for target in cls:
            if target.value == text.strip().lower():
                return target
        from azdacli.image import boards  # noqa: PLC0415 # it reads the catalog, whose rows are made of targets

        names = ", ".join(t.label for t in cls)
        raise boards.refusal(text) or SpecError(f"there is no device type '{text}'", hint=f"Choose one of: {names}.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Asset:
    """A file or folder of the user's that becomes part of the image.

    Attributes:
        source: The file or folder on this machine. A folder's contents go into the target, as COPY does it.
        target: Absolute path in the image; with a trailing slash a file goes into that folder.
    """

    source: Path
    target: str

    def __post_init__(self) -> None:
        if _CONTROL.search(self.target):
            raise SpecError(f"the asset target {self.target!r} holds a control character")
        if not self.target.startswith("/"):
            raise SpecError(
                f"the asset target '{self.target}' is not an absolute path in the image",
                hint="Write it as '/custom-assets'.",
            )
        check_names(PurePosixPath(self.target), self.target)
        if ".." in PurePosixPath(self.target).parts:
            raise SpecError(f"the asset target '{self.target}' climbs out with '..'")


def check_names(path: PurePosixPath | str, shown: object) -> None:
    """Refuse names that mean "delete" inside a layer (image-spec, layer.md, whiteouts) instead of naming a file.

    Raises:
        SpecError: A part of the path has such a name.
    """
    if any(part.startswith(_WHITEOUT) for part in str(path).split("/")):
        raise SpecError(
            f"'{shown}' has a name that begins with '{_WHITEOUT}', which in an image deletes files of the base",
            hint="Give it another name.",
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class ImageSpec:
    """All that decides what is in an image, besides the bytes of its assets.

    Attributes:
        release: A DeepStream release of the catalog.
        target: Where the image will run.
        platform: Docker's name of the operating system and machine.
        variant: Which of NVIDIA's images to start from.
        backends: Triton backends to copy onto the samples image; empty for the whole image.
        run: Shell commands, each an instruction of its own, run as root after the runtime is installed.
        base_image: Replaces the catalog's base image.
        base_registry: Replaces the registry of the catalog's images.
        labels: More labels.
        pip_index_url: Where pip looks; without user and password.
        ca_bundle: Whether a bundle of certificates is in the context.
        pyds_wheel: File name of a wheel in the context, and its sha256.
        lock: The exact parts that an earlier build resolved; None to take what there is.
    """

    release: str
    target: Target
    platform: str
    variant: str = "samples"
    backends: tuple[str, ...] = ()
    run: tuple[str, ...] = ()
    base_image: str | None = None
    base_registry: str | None = None
    labels: tuple[tuple[str, str], ...] = ()
    pip_index_url: str | None = None
    ca_bundle: bool = False
    pyds_wheel: tuple[str, str] | None = None
    lock: Lock | None = None

    def __post_init__(self) -> None:
        for command in self.run:
            if not command.strip():
                raise SpecError("a --run command is empty")
        for name in self.backends:
            if not _BACKEND.fullmatch(name):
                raise SpecError(f"{name!r} is not a Triton backend")
        if self.base_image is not None and not _IMAGE.fullmatch(self.base_image):
            raise SpecError(
                f"--base-image {self.base_image!r} is not a valid image name", hint="Write registry/repository:tag."
            )
        if self.base_registry is not None and not _REGISTRY.fullmatch(self.base_registry):
            raise SpecError(
                f"--base-registry {self.base_registry!r} is not a valid registry name",
                hint="Write its host, and the path of the mirror there if it has one.",
            )
        for name, value in self.labels:
            label_text.check(name, value)
        self._check_index()

    def with_wheel(self, name: str, sha256: str) -> "ImageSpec":
        """The same image with pyds from a wheel in the context."""
        return replace(self, pyds_wheel=(name, sha256))

    def _check_index(self) -> None:
        url = self.pip_index_url
        if url is None:
            return
        if not re.fullmatch(r"https?://[^\s]+", url) or _CONTROL.search(url):
            raise SpecError("--pip-index-url is not an http(s) address")
        if "@" in url.split("//", 1)[1].split("/", 1)[0]:
            raise SpecError(
                "--pip-index-url holds a user or password, which would stay in the image's history",
                hint="Use an index that needs no login inside your network, or a local mirror.",
            )
