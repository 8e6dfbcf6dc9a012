"""The real thing as fixtures: engines once per session and only when asked for, registries once per test."""

import signal
from collections.abc import Iterator

import pytest
from support import emulation as qemu
from support.bases import Bases
from support.engines import ClassicEngine, Engine, ModernEngine, PodmanEngine
from support.registries import Registry, StartRegistry, started


def pytest_configure() -> None:
    """Let a polite end of the session (a CI's timeout) still clean up, as Ctrl-C does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def running(engine: Engine) -> Iterator[Engine]:
    try:
        engine.start()
        yield engine
    finally:
        engine.close()


@pytest.fixture(scope="session")
def modern_engine() -> Iterator[Engine]:
    """Docker 26 with BuildKit and the containerd image store."""
    yield from running(ModernEngine())


@pytest.fixture(scope="session")
def classic_engine() -> Iterator[Engine]:
    """Docker 20.10, whose command line has no BuildKit plugin."""
    yield from running(ClassicEngine())


@pytest.fixture(scope="session")
def podman_engine() -> Iterator[Engine]:
    """Podman behind Docker's interface."""
    yield from running(PodmanEngine())


@pytest.fixture(scope="session")
def emulation() -> Iterator[None]:
    """arm64 programs run, in containers too."""
    with qemu.arm64():
        yield


@pytest.fixture(scope="session")
def bases() -> Bases:
    """Stand-ins for NVIDIA's images: `bases.load(engine, "arm64", "nvcr.io/nvidia/deepstream:7.1-…")`."""
    return Bases()


@pytest.fixture
def registry() -> Iterator[StartRegistry]:
    """Start registries: `registry()`, `registry("htpasswd")`, `registry("token")`."""
    yield from started(Registry)
