"""Debian bases that stand in for NVIDIA's images: real systems of both architectures, with NVIDIA's folders empty.

NVIDIA's binaries cannot be fetched here; what a Dockerfile of ours touches in those images can be made. A base is an
archive as `docker save` writes it, so that every engine loads the same image under the same id.
"""

import fcntl
import hashlib
import io
import json
import os
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from support import emulation, tools
from support.engines import Engine

SDK = "opt/nvidia/deepstream/deepstream-7.1"
TRITON = "opt/tritonserver"
TRITON_BACKENDS = ("identity", "onnxruntime", "python")
INCLUDED = "ca-certificates,python3"  # NVIDIA's images have both
SLIM = ("usr/share/doc", "usr/share/man", "usr/share/locale", "var/cache/apt", "var/lib/apt/lists")
# NVIDIA's script fetches codecs with apt; ours leaves a mark that a test can find.
INSTALL_CODECS = f"""#!/bin/bash
set -e
apt-get --version >/dev/null
mkdir -p /{SDK}/codecs
echo "codecs for $(uname -m)" >/{SDK}/codecs/installed
"""
ENTRYPOINT = '#!/bin/bash\nexec "$@"\n'


class Bases:
    """The stand-ins, made when they are first asked for and kept in the cache folder."""

    def load(self, engine: Engine, arch: str, *names: str, triton: bool = False) -> str:
        """Put a stand-in into an engine and give it names; return the image's id.

        A name holds one platform at a time: giving it again for the other platform moves it.

        Args:
            engine: Where to.
            arch: `amd64` or `arm64`.
            names: NVIDIA's names, with their tags.
            triton: With Triton's folder.
        """
        own = f"azda-tests/{'triton' if triton else 'deepstream'}:{arch}"
        with engine.client() as client:
            if not client.images.list(name=own):
                for event in client.api.load_image(_archive(own, _root(arch), arch, triton=triton)):
                    if "error" in event:
                        raise RuntimeError(event["error"])
            for name in names:
                repository, _, tag = name.rpartition(":")
                client.api.tag(own, repository, tag)
            return str(client.api.inspect_image(own)["Id"])


def _archive(name: str, root: Path, arch: str, *, triton: bool) -> Iterator[bytes]:
    layers: list[bytes | Path] = [root, _sdk_layer()]
    if triton:
        layers.append(_triton_layer())
    digests = [_sha256(layer) for layer in layers]
    config = json.dumps(
        {
            "architecture": arch,
            "os": "linux",
            "created": "2024-01-01T00:00:00Z",
            "config": {
                "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
                "Cmd": ["/bin/bash"],
                "WorkingDir": "/opt/nvidia/deepstream/deepstream",
            },
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}" for digest in digests]},
            "history": [{"created": "2024-01-01T00:00:00Z", "created_by": "azdacli's tests"} for _ in digests],
        }
    ).encode()
    config_name = f"{hashlib.sha256(config).hexdigest()}.json"
    paths = [f"{digest}/layer.tar" for digest in digests]
    manifest = json.dumps([{"Config": config_name, "RepoTags": [name], "Layers": paths}]).encode()
    for path, layer in zip(paths, layers, strict=True):
        yield from _member(path, layer)
    yield from _member(config_name, config)
    yield from _member("manifest.json", manifest)
    yield bytes(2 * tarfile.BLOCKSIZE)


def _member(name: str, content: bytes | Path) -> Iterator[bytes]:
    info = tarfile.TarInfo(name)
    info.size = content.stat().st_size if isinstance(content, Path) else len(content)
    yield info.tobuf()
    yield from _chunks(content)
    yield bytes(-info.size % tarfile.BLOCKSIZE)


def _chunks(content: bytes | Path) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    with content.open("rb") as file:
        while chunk := file.read(1 << 20):
            yield chunk


def _sha256(content: bytes | Path) -> str:
    digest = hashlib.sha256()
    for chunk in _chunks(content):
        digest.update(chunk)
    return digest.hexdigest()


def _layer(files: dict[str, tuple[str, int]], links: dict[str, str] | None = None) -> bytes:
    """Make a layer of small files, path -> (text, mode), a folder for a path that ends in a slash, and links."""
    buffer = io.BytesIO()
    folders = {str(parent) for path in (*files, *(links or {})) for parent in Path(path).parents} - {"."}
    folders |= {path.rstrip("/") for path in files if path.endswith("/")}
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for folder in sorted(folders):
            info = tarfile.TarInfo(folder)
            info.type, info.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(info)
        for path, (text, mode) in files.items():
            if not path.endswith("/"):
                info = tarfile.TarInfo(path)
                info.size, info.mode = len(text.encode()), mode
                tar.addfile(info, io.BytesIO(text.encode()))
        for path, target in (links or {}).items():
            info = tarfile.TarInfo(path)
            info.type, info.linkname = tarfile.SYMTYPE, target
            tar.addfile(info)
    return buffer.getvalue()


def _sdk_layer() -> bytes:
    return _layer(
        {
            f"{SDK}/samples/streams/": ("", 0o755),
            f"{SDK}/samples/streams/README": ("Sample streams are NVIDIA's.\n", 0o644),
            f"{SDK}/user_additional_install.sh": (INSTALL_CODECS, 0o755),
            f"{SDK}/entrypoint.sh": (ENTRYPOINT, 0o755),
            f"{SDK}/lib/": ("", 0o755),
            f"{SDK}/version": ("Version: 7.1\n", 0o644),
            "opt/nvidia/nvidia_entrypoint.sh": (ENTRYPOINT, 0o755),
        },
        {"opt/nvidia/deepstream/deepstream": "deepstream-7.1"},
    )


def _triton_layer() -> bytes:
    files = {
        f"{TRITON}/LICENSE": ("BSD\n", 0o644),
        f"{TRITON}/TRITON_VERSION": ("2.49.0\n", 0o644),
        f"{TRITON}/NVIDIA_Deep_Learning_Container_License.pdf": ("%PDF-1.4\n", 0o644),
        f"{TRITON}/bin/tritonserver": ('#!/bin/sh\necho "a stand-in for Triton"\n', 0o755),
        f"{TRITON}/lib/libtritonserver.so": ("", 0o644),
        f"{TRITON}/include/triton/core/tritonserver.h": ("", 0o644),
        f"{TRITON}/repoagents/checksum/libtritonrepoagent_checksum.so": ("", 0o644),
        f"{TRITON}/caches/local/libtritoncache_local.so": ("", 0o644),
        "opt/tritonclient/lib/libgrpcclient.so": ("", 0o644),
        "usr/bin/serve": ("#!/bin/sh\nexec tritonserver\n", 0o755),
    }
    for backend in TRITON_BACKENDS:
        files[f"{TRITON}/backends/{backend}/libtriton_{backend}.so"] = (f"{backend}\n", 0o644)
    return _layer(files)


def _root(arch: str) -> Path:
    """A minimal Debian of an architecture, from this machine's own mirror, made once per machine."""
    suites = own_suites()
    recipe = json.dumps([arch, suites, INCLUDED, SLIM])
    folder = tools.cache_folder() / "bases"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"debian-{arch}-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}.tar"
    with locked(folder / f"{arch}.lock"):
        if not path.exists():
            _bootstrap(arch, suites, path)
    return path


@contextmanager
def locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def own_suites() -> list[tuple[str, str]]:
    """This machine's own Debian suites, (address, suite), the release itself first."""
    command = [
        "apt-get",
        "indextargets",
        "--format",
        "$(REPO_URI) $(RELEASE)",
        "Created-By: Packages",
        "Origin: Debian",
    ]
    lines = subprocess.run([*command, "Component: main"], check=True, capture_output=True, text=True).stdout.split("\n")
    found = {tuple(line.split()) for line in lines if line.strip()}
    return sorted(((uri, suite) for uri, suite in found), key=lambda pair: (len(pair[1]), pair[1]))


def _bootstrap(arch: str, suites: list[tuple[str, str]], path: Path) -> None:
    uri, suite = suites[0]
    partial = path.with_suffix(".partial")
    with TemporaryDirectory(prefix="azda-base-") as folder:
        root = Path(folder) / "root"
        command = ["debootstrap", "--variant=minbase", f"--include={INCLUDED}", f"--arch={arch}", suite, root, uri]
        with emulation.arm64():
            done = subprocess.run(
                command,
                check=False,
                capture_output=True,
                text=True,
                env=os.environ | {"PATH": tools.search_path()},
            )
        if done.returncode:
            raise RuntimeError(f"debootstrap failed:\n{done.stdout[-2000:]}{done.stderr[-500:]}")
        lines = [f"deb {uri} {suite} main\n" for uri, suite in suites]
        (root / "etc/apt/sources.list").write_text("".join(lines))
        (root / "etc/apt/apt.conf.d/90machine").write_text(proxies())
        options = [f"--exclude=./{part}/*" for part in (*SLIM, "dev", "proc", "sys")]
        subprocess.run(["tar", "--sort=name", *options, "-cf", partial, "-C", root, "."], check=True)
    partial.rename(path)


def proxies() -> str:
    """The way through this machine's proxy, when it has one."""
    wanted = ["Acquire::http::Proxy", "Acquire::https::Proxy"]
    return subprocess.run(["apt-config", "dump", *wanted], check=True, capture_output=True, text=True).stdout
