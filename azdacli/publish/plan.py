"""What `publish` decides before anything is sent: does it fit, which layers are ours, which labels say so."""

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from azdacli.errors import ParserError, SpecError
from azdacli.image import labels as asset_index
from azdacli.image.assets import Part
from azdacli.image.labels import BELOW, PYTHON, RELEASE, TARGET, VARIANT, Listing
from azdacli.oci.manifest import PUBLISHED, Addition, ImageManifest
from azdacli.util import tarball

BASE_NAME, BASE_DIGEST = "org.opencontainers.image.base.name", "org.opencontainers.image.base.digest"
# What the base's title, version and commit say is about the base. Publishing sets none of its own: the same files on
# the same base are one image, whatever tag and commit they are published under.
_ORIGIN = frozenset(f"org.opencontainers.image.{name}" for name in ("title", "version", "revision", "source"))
_MOST_LAYERS = 125  # docker's own limit
_PYTHON = re.compile(r"[0-9]\.[0-9]{1,2}")
_COUNT = re.compile(r"[0-9]{1,4}")
# What the labels of a base may say: their words become parts of paths and messages.
_FORMS = {
    RELEASE: re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){0,3}"),
    TARGET: re.compile(r"[a-z]{1,20}"),
    PYTHON: _PYTHON,
    VARIANT: re.compile(r"[a-z0-9._-]{0,64}"),
}

File = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Runtime:
    """What a base image says about itself.

    Attributes:
        release: DeepStream's.
        target: `jetson`, `dgpu` or `cpu`.
        python: `3.10`.
        variant: Which of NVIDIA's images it was made from.
    """

    release: str
    target: str
    python: str
    variant: str

    @classmethod
    def of(cls, image: ImageManifest, name: str) -> "Runtime":
        """Read the labels of an image that `create` made; SpecError when it was not."""
        labels = image.labels
        broken = [label for label, form in _FORMS.items() if not form.fullmatch(labels.get(label, ""))]
        if broken:
            raise SpecError(
                f"{name} is not an image of azdacli's: it has no label {broken[0]} that we can read",
                hint="Make a runtime image once with `azdacli create` and `azdacli push`, then publish on it.",
            )
        return cls(
            release=labels[RELEASE], target=labels[TARGET], python=labels[PYTHON], variant=labels.get(VARIANT, "")
        )

    def __str__(self) -> str:
        variant = f" ({self.variant})" if self.variant else ""
        return f"DeepStream {self.release}{variant} for {self.target} with Python {self.python}"


def check_python(parts: Iterable[Part], runtime: Runtime) -> None:
    """Refuse Python files that the base's Python cannot read.

    Raises:
        ParserError: One does not parse.
    """
    major, _, minor = runtime.python.partition(".")
    for part in parts:
        for item in part.items:
            if not item.is_file or not item.name.endswith(".py"):
                continue
            source = b"".join(tarball.chunks(item.source))
            try:
                ast.parse(source, filename=item.source, feature_version=(int(major), int(minor)))
            except (SyntaxError, ValueError) as error:
                line = f", line {error.lineno}" if isinstance(error, SyntaxError) else ""
                raise ParserError(
                    f"'{item.source}'{line} does not fit Python {runtime.python} of the base: "
                    f"{error.msg if isinstance(error, SyntaxError) else error}",
                    hint="Run `azdacli validate-parser` on it.",
                ) from error


def check_depth(image: ImageManifest, more: int) -> None:
    """Refuse to stack more layers than an engine can run; SpecError names what to publish on instead."""
    count = len(image.layers) + more
    if count > _MOST_LAYERS:
        raise SpecError(
            f"the image would have {count} layers, and engines run {_MOST_LAYERS} at most",
            hint="Publish on the runtime image itself, not on what was published before.",
        )


def check_rebase(old: Runtime, new: Runtime) -> None:
    """Refuse to move assets to a runtime of another kind; SpecError names it."""
    if old != new:
        raise SpecError(
            f"the image was published for {old}, the new base is {new}",
            hint="Engines and parsers are made for one release: publish with --add on the new base instead.",
        )


def own_layers(image: ImageManifest, name: str) -> tuple[Addition, ...]:
    """Find the layers that an earlier `publish` put on its base.

    Raises:
        SpecError: The image was not published.
    """
    below = _below(image)
    if below is None:
        raise SpecError(
            f"{name} was not made by `azdacli publish`, so its assets cannot be distinguished from its runtime",
            hint="Use --add, or make it anew with `azdacli create`.",
        )
    own = image.layers[below:]
    return tuple(
        Addition(digest=layer.digest, size=layer.size, created_by=entry.created_by)
        for layer, entry in zip(own, image.history[-len(own) :], strict=True)
    )


def _below(image: ImageManifest) -> int | None:
    """Count the layers below those that were published; None when the image was not published."""
    label = image.labels.get(BELOW, "")
    below = int(label) if _COUNT.fullmatch(label) else len(image.layers)
    count = len(image.layers) - below
    if count <= 0:
        return None
    above = image.history[-count:]  # from the top: of the base's layers a tool may have said nothing
    return below if [entry.comment for entry in above] == [PUBLISHED] * count else None


def merged(before: Listing, files: Sequence[File], targets: Sequence[str]) -> Listing:
    """Join the assets that the base has with ours; the later one wins where two have a path."""
    ours = {str(file["path"]): file for file in files}
    kept = [file for file in before.files if str(file.get("path")) not in ours]
    return Listing(files=[*kept, *ours.values()], targets=list(dict.fromkeys([*before.targets, *targets])))


def document(runtime: Runtime, listing: Listing) -> bytes:
    """Write the file in which the image's runtime finds its assets, as `create` writes it."""
    return asset_index.document(listing, release=runtime.release, target=runtime.target, python=runtime.python)


def index_layer(data: bytes) -> list[tarball.Entry]:
    """Put that file where the runtime looks."""
    return [
        tarball.Folder(name="opt"),
        tarball.Folder(name="opt/azda"),
        tarball.Blob(name=asset_index.PATH, data=data),
    ]


def kept_labels(published: ImageManifest) -> dict[str, str]:
    """The labels that go with the layers of a published image, whose document is one of them."""
    return {
        name: published.labels.get(name, "") for name in (asset_index.FILES, asset_index.TARGETS, asset_index.DOCUMENT)
    }


def without_origin(base: ImageManifest) -> ImageManifest:
    """The same image without the labels that would say of what is put on it where the base comes from."""
    return replace(base, labels={name: text for name, text in base.labels.items() if name not in _ORIGIN})


def labels(base: ImageManifest, name: str, listed: Mapping[str, str]) -> dict[str, str]:
    """Make the labels of a published image; on a base that was published itself the lower layers stay ours too."""
    below = _below(base)
    return {
        **listed,
        BELOW: str(len(base.layers) if below is None else below),
        BASE_NAME: name,
        BASE_DIGEST: base.digest,
    }
