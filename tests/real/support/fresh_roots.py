"""Roots of Debian releases that nobody has touched: Python with `venv`, make, an ordinary user, and nothing else.

A root is made once per machine and release; a test gets an overlay over it. Nothing stays mounted: each command has
mounts and processes of its own.
"""

import hashlib
import json
import os
import re
import subprocess
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path

from support import checkout, tools
from support.bases import locked, own_suites, proxies
from support.processes import clear, short_folder

NEEDED = "python3,python3-venv,make"  # as the README says
USER = "me"
# What a site has to state in any root before pip and apt reach their indexes from it.
SITE = re.compile(r"^(?:PIP_(?:INDEX_URL|EXTRA_INDEX_URL|TRUSTED_HOST)|(?:https?|no|all)_proxy)$", re.IGNORECASE)
CERTIFICATES = "/run/site-certificates.pem"
ENTER = """
set -e
mount --make-rprivate /
mount -t overlay overlay -o "lowerdir=$BASE,upperdir=$FOLDER/upper,workdir=$FOLDER/work" "$FOLDER/root"
mount -t proc proc "$FOLDER/root/proc"
mount -t tmpfs tmpfs "$FOLDER/root/run"
mount --rbind /dev "$FOLDER/root/dev"
mount --bind "$ARCHIVES" "$FOLDER/root/var/cache/apt/archives"
cat /etc/resolv.conf >"$FOLDER/root/etc/resolv.conf"
if [ -n "$BUNDLE" ]; then cat "$BUNDLE" >"$FOLDER/root/run/site-certificates.pem"; fi
cd "$FOLDER/root"
exec chroot "$FOLDER/root" /usr/bin/env --ignore-environment "$@"
"""


@dataclass
class FreshRoot:
    """One overlay over a release's root.

    Attributes:
        suite: Debian's name of the release.
        folder: What is changed in it.
    """

    suite: str
    folder: Path = field(default_factory=lambda: short_folder("fresh"))

    def __post_init__(self) -> None:
        self._base = _base(self.suite)
        self._archives = _folder() / f"{self.suite}-archives"
        for path in (*(self.folder / name for name in ("upper", "work", "root")), self._archives / "partial"):
            path.mkdir(parents=True, exist_ok=True)

    def run(self, command: str, *, user: str = USER, stdin: bytes = b"") -> "subprocess.CompletedProcess[str]":
        """Run a line of a shell as a user, in the user's home."""
        home = "/root" if user == "root" else f"/home/{user}"
        settings = {**_site(), "HOME": home, "USER": user, "LANG": "C.UTF-8", "TERM": "dumb"}
        settings["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        shell = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "/bin/bash", "-c", command]
        inside = ["bash", "-c", ENTER, "enter", f"--chdir={home}", *(f"{k}={v}" for k, v in settings.items()), *shell]
        done = subprocess.run(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", *inside],
            env={
                "PATH": tools.search_path(),
                "BASE": str(self._base),
                "FOLDER": str(self.folder),
                "ARCHIVES": str(self._archives),
                "BUNDLE": _bundle(),
            },
            input=stdin,
            capture_output=True,
            check=False,
        )
        out, err = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
        return subprocess.CompletedProcess(command, done.returncode, out, err)

    def put_checkout(self, path: str, *, user: str = USER) -> None:
        """Put a copy of this checkout into the root, without what was made in it."""
        there = b"\0".join(os.fsencode(name) for name in checkout.files())
        tar = ["tar", "--create", "--directory", checkout.ROOT, "--null", "--files-from=-"]
        archive = subprocess.run(tar, input=there, check=True, capture_output=True).stdout
        self._unpack(archive, path, user)

    def put(self, file: Path, path: str, *, user: str = USER) -> None:
        """Put one file into a folder of the root."""
        tar = ["tar", "--create", "--directory", file.parent, file.name]
        self._unpack(subprocess.run(tar, check=True, capture_output=True).stdout, path, user)

    def _unpack(self, archive: bytes, path: str, user: str) -> None:
        line = f"mkdir -p {path} && tar --extract --no-same-owner --directory {path}"
        done = self.run(line, user=user, stdin=archive)
        assert done.returncode == 0, done.stderr

    def close(self) -> None:
        """Remove what was changed."""
        clear(self.folder)


def _folder() -> Path:
    folder = tools.cache_folder() / "fresh-roots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _base(suite: str) -> Path:
    """The root of a release, from the mirror of this machine's own, made once."""
    mirror = own_suites()[0][0]
    recipe = hashlib.sha256(json.dumps([suite, mirror, NEEDED, proxies(), 1]).encode()).hexdigest()[:12]
    root = _folder() / f"{suite}-{recipe}"
    with locked(_folder() / f"{suite}.lock"):
        if not root.exists():
            partial = root.with_suffix(".partial")
            subprocess.run(["rm", "--recursive", "--force", "--one-file-system", partial], check=True)
            _bootstrap(suite, mirror, partial)
            partial.rename(root)
    return root


def _bootstrap(suite: str, mirror: str, root: Path) -> None:
    command = ["debootstrap", "--variant=minbase", f"--include={NEEDED}", suite, root, mirror]
    environment = os.environ | {"PATH": tools.search_path()}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise RuntimeError(f"debootstrap of {suite} failed:\n{done.stdout[-2000:]}{done.stderr[-500:]}")
    (root / "etc/apt/apt.conf.d/90machine").write_text(proxies())
    (root / "etc/dpkg/dpkg.cfg.d/90tests").write_text("force-unsafe-io\n")  # a root of an hour needs no fsync
    subprocess.run(["chroot", root, "useradd", "--create-home", "--shell", "/bin/bash", USER], check=True)
    subprocess.run(["chroot", root, "apt-get", "clean"], check=True, env=environment)


def _bundle() -> str:
    return os.environ.get("PIP_CERT") or os.environ.get("REQUESTS_CA_BUNDLE") or ""


def _site() -> dict[str, str]:
    """The site's own settings, as its user would set them in a shell; indexes in folders of this machine stay out."""
    found = {name: value for name, value in os.environ.items() if SITE.match(name)}
    kept = {name: value for name, value in found.items() if urllib.parse.urlsplit(value).scheme != "file"}
    if _bundle():
        kept |= dict.fromkeys(("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"), CERTIFICATES)
    return kept
