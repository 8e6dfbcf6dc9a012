"""Time `azda_runtime uploader` beside a single-stream upload of the same bytes by Azure's bare SDK, on Azurite.

Run it at the root of a checkout: `python bench/uploader.py [--json] [--megabytes MB] [--rounds N]`. Both are whole
processes that read the same file and send it to the same service; ratios of medians are what counts.
"""

import argparse
import os
import sys
import tempfile
from itertools import count
from pathlib import Path

from measure import ROOT, Run, figure, in_turn, run, show

sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "real")]

from support.azurite import Azurite  # found through the line above

STEM = "People_20261122T230501123Z_0001"
BARE = """
import sys
from azure.storage.blob import ContainerClient
with ContainerClient.from_connection_string(sys.argv[1], sys.argv[2]) as container, open(sys.argv[3], "rb") as file:
    container.upload_blob(sys.argv[4], file, max_concurrency=1)
"""


class Uploads:
    """Uploads one file again and again, each time into a container of its own."""

    def __init__(self, azurite: Azurite, file: Path) -> None:
        self._azurite = azurite
        self._file = file
        self._numbers = count()
        self._environment = {**os.environ, "PYTHONPATH": str(ROOT / "docker-build")}
        self._environment["AZURE_STORAGE_CONNECTION_STRING"] = azurite.connection_string

    def _container(self) -> str:
        name = f"round-{next(self._numbers)}"
        self._azurite.make_container(name)
        return name

    def bare(self) -> Run:
        """By the SDK alone."""
        words = [self._azurite.connection_string, self._container(), str(self._file), "video.mp4"]
        done = run([sys.executable, "-c", BARE, *words], environment=self._environment)
        self._azurite.remove_container()
        return done

    def ours(self) -> Run:
        """By the uploader, which deletes its file: a link to it here."""
        with tempfile.TemporaryDirectory(dir=self._file.parent) as folder:
            (Path(folder) / f"{STEM}.mp4").hardlink_to(self._file)
            words = [folder, "--container", self._container(), "--once", "--keep-free", "0", "--state", folder]
            done = run([sys.executable, "-m", "azda_runtime", "uploader", *words], environment=self._environment)
        self._azurite.remove_container()
        return done


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--megabytes", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    azurite = Azurite()
    try:
        azurite.start()
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "video"
            with file.open("wb") as video:
                for _ in range(options.megabytes):
                    video.write(os.urandom(1_000_000))
            uploads = Uploads(azurite, file)
            bare, ours = in_turn(options.rounds, uploads.bare, uploads.ours)
    finally:
        azurite.close()
    figures = {
        "bare_sdk": figure(bare.seconds, "s"),
        "uploader": figure(ours.seconds, "s"),
        "speed_of_bare_sdk": figure(bare.seconds / ours.seconds, "x"),
        "uploader_peak": figure(ours.peak / 1e6, "MB"),
        "bare_sdk_peak": figure(bare.peak / 1e6, "MB"),
    }
    show(figures, as_json=options.json)


if __name__ == "__main__":
    main()
