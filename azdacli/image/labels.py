"""What an image says of its assets: two labels, and the file that its own self-test reads."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from azdacli.errors import SpecError
from azdacli.image.spec import Asset
from azdacli.util import json_text

# Labels: every file with size and digest; the folders and files that `--add` named.
FILES, TARGETS = "io.azda.assets", "io.azda.asset-targets"
# The label stands in an image's configuration, with the classic builder a second time in its history; 4 MiB are what
# registries take.
LARGEST = 1 << 20


def targets(added: Sequence[Asset]) -> list[str]:
    """Name the folders that were filled and the single files that were added, each once."""
    return list(dict.fromkeys(_target(asset) for asset in added))


def labels(files: Sequence[Any], named: Sequence[str]) -> dict[str, str]:
    """Make the two labels.

    Raises:
        SpecError: They would be larger than what every engine and registry takes.
    """
    listed = json.dumps(files, separators=(",", ":"))
    if len(listed) > LARGEST:
        raise SpecError(
            f"there are {len(files)} files to add, and the label that names them has at most {LARGEST} bytes",
            hint="Put them into an archive, and unpack it with --run or in the parser.",
        )
    return {FILES: listed, TARGETS: json.dumps(named, separators=(",", ":"))}


def read_files(known: Mapping[str, str]) -> list[dict[str, Any]]:
    """Read the files that an image's labels name; none when the label is not one of ours."""
    entries = _listed(known.get(FILES, ""))
    if not all(isinstance(entry, dict) and isinstance(entry.get("path"), str) for entry in entries):
        return []
    return entries


def read_targets(known: Mapping[str, str]) -> list[str]:
    """Read what `--add` named when an image was made; none when the label is not one of ours."""
    targets = _listed(known.get(TARGETS, ""))
    return targets if all(isinstance(target, str) for target in targets) else []


def _listed(text: str) -> list[Any]:
    try:
        found = json_text.read(text.encode()) if text else []
    except ValueError:
        return []
    return found if isinstance(found, list) else []


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
