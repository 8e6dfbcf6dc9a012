"""Private container engines: the modern Docker, the distribution's Docker, and Podman behind Docker's interface."""

import json
import os
import resource
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import docker
from docker.errors import DockerException

from support import tools
from support.processes import Daemon, clear, end_all_in, end_all_of, members, short_folder

USERS_OWN = ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH")


class Engine:
    """One engine with its own storage, socket and command line.

    Attributes:
        name: `modern`, `classic` or `podman`.
        url: What DOCKER_HOST says to reach it.
        environment: For child processes: this engine's `docker` first on PATH, DOCKER_HOST, its own DOCKER_CONFIG.
        has_buildx: Whether its command line builds with BuildKit.
    """

    name = "engine"
    has_buildx = False

    def __init__(self, *, size: int | None = None) -> None:
        """Make the folders; nothing runs before `start`.

        Args:
            size: Bytes that its whole storage may take; no limit when None.
        """
        self.root = short_folder(self.name)
        self.data = self.root / "data"
        self.data.mkdir()
        if size is not None:
            self._limit(size)
        self.socket = self.root / "engine.sock"
        self.url = f"unix://{self.socket}"
        self.config = self.root / "config"
        self.config.mkdir()
        (self.config / "config.json").write_text("{}")
        self.environment = self._environment()
        self._daemon = Daemon(
            ["unshare", "--mount", *self._command()],  # what it mounts goes with it
            log=self.root / "log",
            ready=self._answers,
            environment=self._daemon_environment(),
        )

    def start(self) -> None:
        """Start it and return when it answers."""
        self._daemon.start()

    def stop(self) -> None:
        """Stop it as an administrator does; its storage stays."""
        self._daemon.stop()

    def kill(self) -> None:
        """End it as a crash does; its storage stays."""
        self._daemon.kill()

    def restart(self) -> None:
        """Stop it and start it again on the same storage."""
        self.stop()
        self.start()

    def close(self) -> None:
        """Stop it and remove all that it made."""
        if self._answers():
            with suppress(DockerException, OSError), self.client(timeout=30) as client:
                for container in client.containers.list(all=True):
                    container.remove(force=True)
        self.stop()
        clear(self.root)

    @contextmanager
    def client(self, *, timeout: int = 600) -> Iterator[docker.DockerClient]:
        """Connect the Docker SDK to it."""
        client = docker.DockerClient(base_url=self.url, timeout=timeout)
        try:
            yield client
        finally:
            client.close()

    def cli(
        self, *arguments: str | Path, stdin: bytes | None = None, check: bool = True
    ) -> subprocess.CompletedProcess[bytes]:
        """Run this engine's own `docker` command line."""
        return subprocess.run(
            ["docker", *map(str, arguments)],
            executable=self.root / "bin" / "docker",
            env=self.environment,
            input=stdin if stdin is not None else b"",
            capture_output=True,
            check=check,
        )

    @contextmanager
    def fresh(self, *, size: int | None = None) -> Iterator["Engine"]:
        """Start another engine of the same kind with empty storage."""
        engine = type(self)(size=size)
        try:
            engine.start()
            yield engine
        finally:
            engine.close()

    def log(self) -> str:
        """What the daemon wrote so far."""
        return self._daemon.log.read_text(errors="replace")

    def _limit(self, size: int) -> None:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=711", "azda-tests", self.data], check=True)

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as probe:  # the SDK leaks its socket when nobody listens
            if probe.connect_ex(str(self.socket)):
                return False
        try:
            with self.client(timeout=5) as client:
                return bool(client.ping())
        except (DockerException, OSError):
            return False

    def _environment(self) -> dict[str, str]:
        programs = self.root / "bin"
        programs.mkdir()
        (programs / "docker").symlink_to(self._docker())
        kept = {k: v for k, v in os.environ.items() if k not in USERS_OWN and not k.startswith("BUILDX_")}
        return kept | {
            "PATH": f"{programs}:{tools.search_path()}",
            "DOCKER_HOST": self.url,
            "DOCKER_CONFIG": str(self.config),
            "BUILDX_CONFIG": str(self.root / "buildx"),
        }

    def _docker(self) -> Path:
        return Path("/usr/bin/docker")

    def _command(self) -> list[str | Path]:
        raise NotImplementedError

    def _daemon_environment(self) -> dict[str, str]:
        return dict(os.environ) | {"PATH": tools.search_path()}


class DockerEngine(Engine):
    """What the two Dockers share: a daemon that touches nothing outside its own folder."""

    def _dockerd(self) -> Path:
        raise NotImplementedError

    def _storage(self) -> str:
        raise NotImplementedError

    def _settings(self) -> dict[str, Any]:
        raise NotImplementedError

    def _command(self) -> list[str | Path]:
        (self.root / "daemon.json").write_text(json.dumps(self._settings()))
        return [
            self._dockerd(),
            f"--config-file={self.root}/daemon.json",
            f"--data-root={self.data}",
            f"--exec-root={self.root}/exec",
            f"--pidfile={self.root}/pid",
            f"--host={self.url}",
            f"--cgroup-parent=/{self.root.name}",
            f"--storage-driver={self._storage()}",
            "--group=root",
            "--bridge=none",
            "--iptables=false",
            "--ip6tables=false",
            "--ip-forward=false",
            "--ip-masq=false",
        ]

    def stop(self) -> None:
        """Stop the daemon, and the containerd that it started."""
        super().stop()
        self._end_containerd()

    def kill(self) -> None:
        """End the daemon as a crash does; its containerd, which would outlive it, too."""
        super().kill()
        self._end_containerd()

    def close(self) -> None:
        """End the containers of an engine that crashed, and remove the control groups; the kernel keeps both."""
        super().close()
        folders = list(Path("/sys/fs/cgroup").glob(f"**/{self.root.name}"))
        end_all_of(pid for folder in folders for pid in members(folder))
        for folder in folders:
            for group in sorted((folder, *folder.rglob("*/")), reverse=True):
                with suppress(OSError):
                    group.rmdir()

    def _end_containerd(self) -> None:
        """The daemon stops its containerd when it ends well; after a crash nobody does."""
        end_all_in(self.root / "exec")
        # Left behind, it makes the next daemon wait for a containerd that is no more.
        (self.root / "exec" / "containerd" / "containerd.pid").unlink(missing_ok=True)
        (self.root / "pid").unlink(missing_ok=True)


def overlay_works(folder: Path) -> bool:
    """Say whether the kernel stacks folders there; inside many containers it does not."""
    parts = {name: folder / f"overlay-{name}" for name in ("lower", "upper", "work", "merged")}
    for part in parts.values():
        part.mkdir()
    options = f"lowerdir={parts['lower']},upperdir={parts['upper']},workdir={parts['work']}"
    command = ["mount", "-t", "overlay", "-o", options, "overlay", parts["merged"]]
    works = subprocess.run(command, check=False, capture_output=True).returncode == 0
    if works:
        subprocess.run(["umount", parts["merged"]], check=True)
    for part in parts.values():
        shutil.rmtree(part)
    return works


class ModernEngine(DockerEngine):
    """Docker 26 with BuildKit, its image store in containerd, as new installations have it."""

    name = "modern"
    has_buildx = True

    def _dockerd(self) -> Path:
        return tools.modern_engine_folder() / "bin" / "dockerd"

    def _docker(self) -> Path:
        return tools.modern_engine_folder() / "bin" / "docker"

    def _storage(self) -> str:
        return "overlayfs" if overlay_works(self.data) else "native"

    def _settings(self) -> dict[str, Any]:
        return {"features": {"containerd-snapshotter": True}}

    def _environment(self) -> dict[str, str]:
        (self.config / "cli-plugins").symlink_to(tools.modern_engine_folder() / "cli-plugins")
        return super()._environment()

    def _daemon_environment(self) -> dict[str, str]:
        return dict(os.environ) | {"PATH": f"{self._dockerd().parent}:{tools.search_path()}"}


class ClassicEngine(DockerEngine):
    """The distribution's Docker 20.10: the classic builder, images in graph drivers."""

    name = "classic"

    def _dockerd(self) -> Path:
        return Path("/usr/sbin/dockerd")

    def _storage(self) -> str:
        return "overlay2" if overlay_works(self.data) else "vfs"

    def _settings(self) -> dict[str, Any]:
        # Left alone, this release writes a key into /etc/docker.
        return {"deprecated-key-path": str(self.root / "key.json")}


class PodmanEngine(Engine):
    """Podman, which answers Docker's interface on its own socket."""

    name = "podman"

    def _command(self) -> list[str | Path]:
        driver = "overlay" if overlay_works(self.data) else "vfs"
        return [
            "/usr/bin/podman",
            f"--root={self.data}/storage",
            f"--runroot={self.root}/run",
            f"--tmpdir={self.root}/tmp",
            f"--storage-driver={driver}",
            "--cgroup-manager=cgroupfs",
            "--events-backend=file",
            "--log-level=info",
            "system",
            "service",
            "--time=0",
            self.url,
        ]

    def _daemon_environment(self) -> dict[str, str]:
        registries = self.root / "registries.conf"
        # One entry for the host serves all its ports; Docker takes loopback registries without TLS by itself.
        registries.write_text('[[registry]]\nlocation = "127.0.0.1"\ninsecure = true\n')
        # Podman asks for more files and processes than a sandboxed root may grant; these it has left after its start.
        files, processes = (resource.getrlimit(limit)[1] for limit in (resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC))
        most = 32768 if processes == resource.RLIM_INFINITY else min(processes, 32768)
        limits = [f"nofile={files}:{files}", f"nproc={most}:{most}"]
        settings = self.root / "containers.conf"
        settings.write_text(f"[containers]\ndefault_ulimits = {json.dumps(limits)}\n")
        return super()._daemon_environment() | {
            "CONTAINERS_REGISTRIES_CONF": str(registries),
            "CONTAINERS_CONF": str(settings),
            "TMPDIR": str(self.root),
        }
