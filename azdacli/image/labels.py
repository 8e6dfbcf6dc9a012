"""What an image says of its assets: two labels, and the file that its own self-test reads."""

import json
from collections.abc import Sequence
from typing import Any

from azdacli.image.spec import Asset

# Labels: every file with size and digest; the folders and files that `--add` named.
FILES, TARGETS = "io.azda.assets", "io.azda.asset-targets"


def targets(added: Sequence[Asset]) -> list[str]:
    """Name the folders that were filled and the single files that were added, each once."""
    return list(dict.fromkeys(_target(asset) for asset in added))


def labels(files: Sequence[Any], named: Sequence[str]) -> dict[str, str]:
    """Make the two labels."""
    return {
        FILES: json.dumps(files, separators=(",", ":")),
        TARGETS: json.dumps(named, separators=(",", ":")),
    }


def document(*, release: str, target: str, python: str, named: Sequence[str], files: Sequence[Any]) -> bytes:
    """Write `/opt/azda/assets.json`, from which the runtime learns what it is and what must be there."""
    index = {
        "release": release,
        "target": target,
        "python": python,
        "assets": [{"target": path} for path in named],
        "files": files,
    }
    return json.dumps(index, indent=1).encode()


def _target(asset: Asset) -> str:
    into_folder = asset.target.endswith("/") and not asset.source.is_dir()
    return f"{asset.target}{asset.source.name}" if into_folder else asset.target
