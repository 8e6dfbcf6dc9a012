"""How fast a 2 GB asset gets into an image, and how much memory that takes: azdacli against docker's own CLI.

Needs an engine: the one that DOCKER_HOST names, or, as root on Debian, a private one (the default). Both build the
same folder from scratch, in turn; build caches are emptied before each run. AZDA_BENCH_BYTES sets another size.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from measure import ROOT, Run, figure, in_turn, report, run

SIZE = int(os.environ.get("AZDA_BENCH_BYTES", "2000000000"))
ROUNDS = int(os.environ.get("AZDA_BENCH_ROUNDS", "3"))


@contextlib.contextmanager
def engine_environment() -> Iterator[dict[str, str]]:
    """Give the environment of an engine."""
    if os.environ.get("DOCKER_HOST"):
        yield dict(os.environ)
        return
    sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "real")]
    from support.engines import ModernEngine  # only without DOCKER_HOST

    engine = ModernEngine()
    try:
        engine.start()
        yield engine.environment
    finally:
        engine.close()


def folder_with_asset(location: Path) -> Path:
    """Make a context: a Dockerfile and incompressible bytes."""
    (location / "Dockerfile").write_text("FROM scratch\nCOPY model.onnx /custom-assets/\n")
    with (location / "model.onnx").open("wb") as model, Path("/dev/urandom").open("rb") as noise:
        left = SIZE
        while left:
            left -= model.write(noise.read(min(left, 1 << 24)))
    return location


def compare(environment: dict[str, str], context: Path, builder: str) -> dict[str, dict[str, object]]:
    """Build with one builder, through docker's CLI and through azdacli."""
    settings = {**environment, "PYTHONPATH": str(ROOT), "DOCKER_BUILDKIT": "0" if builder == "sdk" else "1"}

    def fresh(*words: str) -> Run:
        for what in (["builder", "prune"], ["image", "prune"]):
            subprocess.run(["docker", *what, "--all", "--force"], env=settings, capture_output=True, check=True)
        return run(words, environment=settings)

    docker = ["docker", "build", "--no-cache", "--tag", "bench:docker", str(context)]
    own = ["-m", "azdacli", "build", "--no-cache", "--builder", builder, "--tag", "bench:azda", "--path", str(context)]
    theirs, ours = in_turn(ROUNDS, lambda: fresh(*docker), lambda: fresh(sys.executable, *own))
    return {
        f"{builder}_docker_build": figure(theirs.seconds, "s"),
        f"{builder}_azdacli_build": figure(ours.seconds, "s"),
        f"{builder}_throughput_azdacli_to_docker": figure(theirs.seconds / ours.seconds, "ratio"),
        f"{builder}_azdacli_peak_memory": figure(ours.peak / 1e6, "MB"),
    }


def main() -> None:
    """Compare both builders on one engine."""
    with engine_environment() as environment, tempfile.TemporaryDirectory() as location:
        context = folder_with_asset(Path(location))
        figures = {"asset": figure(SIZE / 1e6, "MB")}
        for builder in ("sdk", "buildx"):
            figures |= compare(environment, context, builder)
        report(figures)


if __name__ == "__main__":
    main()
