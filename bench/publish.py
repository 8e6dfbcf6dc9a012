"""Time `publish` beside the best that an engine can do, on the same registry and files.

Run it as root at the root of a checkout: `PYTHONPATH=tests/real:. python bench/publish.py [--json] [--model MB]
[--base MB]`. It starts the private engine and the registry of the tests. Ratios are what counts: times depend on the
machine.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from measure import figure, show
from support import runtimes
from support.engines import Engine, ModernEngine
from support.registries import Registry

ROOT = Path(__file__).parent.parent


def write(path: Path, megabytes: int) -> None:
    """Fill a file with what does not compress."""
    with path.open("wb") as file:
        for _ in range(megabytes):
            file.write(os.urandom(1_000_000))


def put_base(host: str, megabytes: int) -> str:
    """Put a runtime image of about that size into a registry, in layers of 100 MB."""
    layers = tuple(runtimes.layer(f"opt/base-{n}", os.urandom(100_000_000)) for n in range(max(1, megabytes // 100)))
    place = runtimes.connect(host).repository("azda-runtime", push=True)
    runtimes.put_runtime(place, f"{megabytes}", layers=layers, architecture="amd64")
    return f"{host}/azda-runtime:{megabytes}"


def timed(work: Callable[[], Any]) -> float:
    """Measure the wall time of some work in seconds."""
    started = time.monotonic()
    work()
    return time.monotonic() - started


class Publish:
    """The program, run as a user does."""

    def __init__(self, folder: Path, base: str, image: str) -> None:
        self.peak_kb = 0
        self._folder = folder
        self._words = [sys.executable, "-m", "azdacli", "publish", "--auth", "anonymous", "--base", base]
        self._words += ["--image", image, "--add", f"{folder} /custom-assets"]

    def __call__(self) -> None:
        """Publish once, and note the peak of the memory that any run took."""
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "AZDA_CACHE_DIR": str(self._folder.parent / "cache")}
        running = subprocess.Popen(self._words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(running.pid, 0)
        running.returncode = os.waitstatus_to_exitcode(status)
        if running.returncode:
            raise subprocess.CalledProcessError(running.returncode, self._words)
        self.peak_kb = max(self.peak_kb, used.ru_maxrss)


def buildx(engine: Engine, folder: Path, base: str, image: str, *, compressed: bool) -> None:
    """Build and push with BuildKit: two steps as most do, or in one without compression."""
    (folder.parent / "Dockerfile").write_text(f"FROM {base}\nCOPY custom-assets/ /custom-assets/\n")
    words = ["buildx", "build", "--provenance=false", "--network=host"]
    if not compressed:
        output = f"--output=type=image,name={image},push=true,compression=uncompressed,force-compression=false"
        engine.cli(*words, output, folder.parent)
        return
    engine.cli(*words, f"--tag={image}", folder.parent)
    engine.cli("push", image)


def measured(engine: Engine, registry: Registry, megabytes: int, model: int) -> dict[str, Any]:
    """Compare on one base."""
    # In a process of its own: a child's peak of memory starts from that of the process that started it.
    with ProcessPoolExecutor(max_workers=1) as pool:
        base = pool.submit(put_base, registry.host, megabytes).result()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "custom-assets"
        folder.mkdir()
        (folder / "parser.py").write_text("labels = []\n")
        write(folder / "model.onnx", model)
        publish = Publish(folder, base, f"{registry.host}/pose-{megabytes}:1")
        engine.cli("pull", base)
        time.sleep(2.5)  # files are remembered when they have settled
        publish()
        write(folder / "model.onnx", model)
        times = {"publish_new_model": timed(publish)}
        image = f"{registry.host}/built-{megabytes}"
        times["buildx_new_model"] = timed(lambda: buildx(engine, folder, base, f"{image}:1", compressed=True))
        write(folder / "model.onnx", model)
        times["buildx_uncompressed_new_model"] = timed(
            lambda: buildx(engine, folder, base, f"{image}:2", compressed=False)
        )
        time.sleep(2.5)
        publish()
        (folder / "parser.py").write_text("labels = ['edited']\n")
        since = len(registry.requests)
        times["publish_parser_edited"] = timed(publish)
        edited = registry.bytes_received(since)
        time.sleep(2.5)
        publish()
        times["publish_nothing_changed"] = timed(publish)
    slow, best = times["buildx_new_model"], times["buildx_uncompressed_new_model"]
    figures = {name: figure(seconds, "s") for name, seconds in times.items()}
    figures |= {
        "publish_new_model_to_buildx": figure(times["publish_new_model"] / slow, "ratio"),
        "publish_new_model_to_buildx_uncompressed": figure(times["publish_new_model"] / best, "ratio"),
        "publish_parser_edited_to_buildx": figure(times["publish_parser_edited"] / slow, "ratio"),
        "publish_parser_edited_sent": figure(edited / 1e6, "MB"),
        "publish_peak_memory": figure(publish.peak_kb / 1000, "MB"),
    }
    return {f"base_{megabytes}_mb_{name}": each for name, each in figures.items()}


def main() -> None:
    """Run the comparison for each base."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=int, default=500)
    parser.add_argument("--base", type=int, nargs="*", default=[200, 2000])
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    registry, engine = Registry(), ModernEngine()
    try:
        registry.start()
        engine.start()
        figures: dict[str, Any] = {}
        for size in options.base:
            figures |= measured(engine, registry, size, options.model)
        show(figures, as_json=options.json)
    finally:
        engine.close()
        registry.close()


if __name__ == "__main__":
    main()
