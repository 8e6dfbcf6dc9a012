"""Time `publish` beside the best that an engine can do, on the same registry and files, in turn.

Run it as root at the root of a checkout: `python bench/publish.py [--json] [--model MB]
[--base MB ...] [--rounds N]`. It starts the private engine and the registry of the tests, which all sides talk to
directly. Each round has files of its own, settled on the disk before a clock runs. Ratios of medians are what counts:
times depend on the machine, and ratios on how fast its registry writes and hashes, which `registry_alone` tells: the
same bytes in one request from a client that only sends them.
"""

import argparse
import hashlib
import http.client
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from measure import ROOT, Run, figure, run, show

sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "real")]

from support import runtimes  # found through the line above
from support.engines import Engine, ModernEngine  # same
from support.registries import Registry  # same

SETTLE = 2.5  # seconds after which a file is remembered
QUIET = 8.0  # seconds in which the engine tidies up after a build, before the next clock runs


def write(path: Path, megabytes: int) -> None:
    """Fill a file with what does not compress, and wait until the disk has it."""
    with path.open("wb") as file:
        for _ in range(megabytes):
            file.write(os.urandom(1_000_000))
    os.sync()


def put_base(host: str, megabytes: int) -> None:
    """Put a runtime image of about that size into a registry, in layers of 100 MB."""
    layers = tuple(runtimes.layer(f"opt/base-{n}", os.urandom(100_000_000)) for n in range(max(1, megabytes // 100)))
    location = runtimes.connect(host).repository("azda-runtime", push=True)
    runtimes.put_runtime(location, f"{megabytes}", layers=layers, architecture="amd64")


class Publish:
    """The program, run as a user does."""

    def __init__(self, folder: Path, megabytes: int) -> None:
        self.peak = 0
        self._folder = folder
        self._megabytes = megabytes

    def __call__(self, host: str) -> float:
        """Publish once through a registry's address; give the seconds, and note the peak of the memory."""
        words = [
            *(sys.executable, "-m", "azdacli", "publish", "--auth", "anonymous"),
            *("--base", f"{host}/azda-runtime:{self._megabytes}", "--image", f"{host}/pose-{self._megabytes}:1"),
            *("--add", f"{self._folder} /custom-assets"),
        ]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "AZDA_CACHE_DIR": str(self._folder.parent / "cache")}
        done: Run = run(words, environment=environment)
        self.peak = max(self.peak, done.peak)
        return done.seconds


def buildx(engine: Engine, folder: Path, base: str, image: str, *, compressed: bool) -> float:
    """Build and push with BuildKit: two steps as most do, or in one without compression; give the seconds."""
    (folder.parent / "Dockerfile").write_text(f"FROM {base}\nCOPY custom-assets/ /custom-assets/\n")
    words = ["buildx", "build", "--provenance=false", "--network=host"]
    begin = time.perf_counter()
    if compressed:
        engine.cli(*words, f"--tag={image}", folder.parent)
        engine.cli("push", image)
    else:
        output = f"--output=type=image,name={image},push=true,compression=uncompressed,force-compression=false"
        engine.cli(*words, output, folder.parent)
    return time.perf_counter() - begin


def alone(host: str, file: Path) -> float:
    """Let the registry take a file that nobody reads, packs or digests on our side meanwhile; give the seconds."""
    digest = hashlib.sha256()
    with file.open("rb") as source:
        while piece := source.read(1 << 20):
            digest.update(piece)
    connection = http.client.HTTPConnection(host, blocksize=1 << 20)
    begin = time.perf_counter()
    location = _asked(connection, "POST", "/v2/alone/blobs/uploads/", 202)
    with file.open("rb") as source:
        length = {"Content-Length": str(file.stat().st_size)}
        location = _asked(connection, "PATCH", location, 202, source, **length)
    _asked(connection, "PUT", f"{location}&digest=sha256:{digest.hexdigest()}", 201)
    seconds = time.perf_counter() - begin
    connection.close()
    return seconds


def _asked(
    connection: http.client.HTTPConnection, method: str, url: str, status: int, body: Any = None, **headers: str
) -> str:
    """Send a request and give where the answer says that it goes on."""
    connection.request(method, url, body=body, headers=headers)
    response = connection.getresponse()
    said = response.read()
    assert response.status == status, (response.status, said)
    parts = urlsplit(response.headers["Location"])
    return f"{parts.path}?{parts.query}"


def edited(publish: Publish, registry: Registry, parser: Path, number: int) -> tuple[float, int]:
    """Edit the parser and publish: the seconds; then edit it again, and count what travels through a relay."""
    parser.write_text(f"labels = ['edited {number}']\n")
    seconds = publish(registry.host)
    with registry.counted() as relay:
        host = f"127.0.0.1:{relay.server_port}"
        publish(host)  # the base has another name through the relay, which the image tells
        parser.write_text(f"labels = ['edited {number} again']\n")
        before = relay.received
        publish(host)
        return seconds, relay.received - before


def measured(engine: Engine, registry: Registry, megabytes: int, model: int, rounds: int) -> dict[str, Any]:
    """Compare on one base."""
    # In a process of its own: a child's peak of memory starts from that of the process that started it.
    with ProcessPoolExecutor(max_workers=1) as pool:
        pool.submit(put_base, registry.host, megabytes).result()
    base, image = f"{registry.host}/azda-runtime:{megabytes}", f"{registry.host}/built-{megabytes}"
    engine.cli("pull", base)
    sent = 0
    times: dict[str, list[float]] = {}

    def note(name: str, work: Callable[[], float]) -> None:
        time.sleep(QUIET)
        times.setdefault(name, []).append(work())

    with tempfile.TemporaryDirectory() as location:
        folder = Path(location) / "custom-assets"
        folder.mkdir()
        parser, weights = folder / "parser.py", folder / "model.onnx"
        publish = Publish(folder, megabytes)
        parser.write_text("labels = []\n")
        write(weights, model)
        note("publish_on_a_fresh_machine", lambda: publish(registry.host))
        for number in range(rounds):
            write(weights, model)
            note("publish_new_model", lambda: publish(registry.host))
            write(weights, model)
            note("registry_alone", lambda: alone(registry.host, weights))
            write(weights, model)
            note("buildx_new_model", lambda n=number: buildx(engine, folder, base, f"{image}:{n}", compressed=True))
            write(weights, model)
            note(
                "buildx_uncompressed_new_model",
                lambda n=number: buildx(engine, folder, base, f"{image}:u{n}", compressed=False),
            )
            time.sleep(SETTLE)
            publish(registry.host)
            seconds, travelled = edited(publish, registry, parser, number)
            times.setdefault("publish_parser_edited", []).append(seconds)
            sent = max(sent, travelled)
            time.sleep(SETTLE)
            publish(registry.host)
            note("publish_nothing_changed", lambda: publish(registry.host))
    figures = _figures({name: statistics.median(each) for name, each in times.items()}, sent, publish.peak)
    return {f"base_{megabytes}_mb_{name}": each for name, each in figures.items()}


def _figures(times: dict[str, float], sent: int, peak: int) -> dict[str, Any]:
    new, slow, best = (
        times[name] for name in ("publish_new_model", "buildx_new_model", "buildx_uncompressed_new_model")
    )
    return {name: figure(seconds, "s") for name, seconds in times.items()} | {
        "publish_new_model_to_buildx": figure(new / slow, "ratio"),
        "publish_new_model_to_buildx_uncompressed": figure(new / best, "ratio"),
        "publish_new_model_to_registry_alone": figure(new / times["registry_alone"], "ratio"),
        "publish_parser_edited_to_buildx": figure(times["publish_parser_edited"] / slow, "ratio"),
        "publish_parser_edited_sent": figure(sent / 1e6, "MB"),
        "publish_peak_memory": figure(peak / 1e6, "MB"),
    }


def main() -> None:
    """Run the comparison for each base."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=int, default=500, help="megabytes")
    parser.add_argument("--base", type=int, nargs="*", default=[200, 2000], help="megabytes")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    registry, engine = Registry(relayed=False), ModernEngine()
    try:
        registry.start()
        engine.start()
        figures: dict[str, Any] = {}
        for size in options.base:
            figures |= measured(engine, registry, size, options.model, options.rounds)
        show(figures, as_json=options.json)
    finally:
        engine.close()
        registry.close()


if __name__ == "__main__":
    main()
