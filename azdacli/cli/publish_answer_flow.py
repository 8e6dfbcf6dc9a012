"""What `publish` prints: the image that it made, or with `--dry-run` what would become of each layer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from azdacli.cli import progress
from azdacli.publish.publisher import Published


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What the command prints."""

    name: str
    image: str
    published: Published
    sbom: str | None = None

    @property
    def pinned(self) -> str:
        """The name that always means this image: `name@sha256:…`."""
        return f"{self.name}@{self.published.digest}"

    def as_json(self) -> dict[str, Any]:
        """The object that docs/publish.md describes."""
        done = self.published
        return {
            "ok": True,
            "image": self.image,
            "digest": done.digest,
            "pinned": self.pinned,
            "platform": done.platform,
            "sbom": self.sbom,
            "bytesSent": done.sent,
            "bytesSaved": max(0, done.total - done.sent),  # a layout also counts the manifest that it stores
            "layers": [
                {"digest": layer.digest, "size": layer.size, "createdBy": layer.created_by} for layer in done.layers
            ],
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What `--dry-run` prints: what would become of each layer.

    Attributes:
        image: The image that would be made.
        published: As it would be.
        action: `send`, `mount` or `exists` for a layer's digest.
    """

    image: str
    published: Published
    action: Callable[[str], str]

    def rows(self) -> list[dict[str, Any]]:
        """The layers, the base's first, as they stand in the image."""
        done = self.published
        base = [(layer.digest, layer.size, "base") for layer in done.base_layers]
        own = [(layer.digest, layer.size, layer.created_by) for layer in done.layers]
        return [
            {"action": self.action(digest), "digest": digest, "size": size, "createdBy": by}
            for digest, size, by in base + own
        ]

    def as_json(self) -> dict[str, Any]:
        """The object that docs/publish.md describes."""
        done = self.published
        return {
            "ok": True,
            "dryRun": True,
            "image": self.image,
            "digest": done.digest,
            "platform": done.platform,
            "bytesToSend": done.sent,
            "bytesSaved": max(0, done.total - done.sent),
            "layers": self.rows(),
        }

    def as_text(self) -> str:
        """One line per layer, and the sum."""
        done = self.published
        lines = [
            f"{row['action']:<6}  {progress.size(row['size']):>9}  {row['digest'][7:19]}  {row['createdBy']}"
            for row in self.rows()
        ]
        saved = progress.size(max(0, done.total - done.sent))
        lines.append(f"{self.image}: {progress.size(done.sent)} would be sent, {saved} would not; nothing was sent")
        return "\n".join(lines)
