"""What keeps a user's code from the rest of the machine: bubblewrap, or util-linux's unshare, and limits in any case.

Both use what the kernel gives to a user without root: namespaces for processes, network and mounts, with every file
system read-only but one folder. A socket that is a file can be connected to on a read-only file system, and whoever
reaches the container engine's has the machine: so /run is empty there, and every other such socket is covered.
Containers and some distributions forbid namespaces (AppArmor on Ubuntu 24.04): then the limits that the child sets for
itself are all, and what is lacking is said.
"""

import os
import re
import shutil
import stat
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_TRIAL_SECONDS = 20
_NOTHING = ("files outside its folder can be written", "processes can outlive it")
_ESCAPE = re.compile(r"\\([0-7]{3})")
_LOCKED = frozenset({"nosuid", "nodev", "noexec", "noatime", "nodiratime", "relatime", "strictatime"})
_RUN = "/run"
_KERNEL = ("sys", "irq", "bus", "sysrq-trigger", "fs")
_REPLACED = ("/proc", "/dev", _RUN)
# The arguments come in a file, $1: whoever looks for processes by their words would find every socket in ours.
_FROM_FILE = 'exec 9<"$1" && shift && exec "$@"'
# Every file system becomes read-only; $1 is the folder that stays writable, $2 the folder around it, where the files
# with a mount and a socket a line are, and the place of the new /dev.
_READ_ONLY = (
    'mount --bind "$1" "$1" && mount -t tmpfs -o nosuid,nodev,noexec,size=64k none /run || exit 97; '
    'while IFS= read -r socket; do mount --bind /dev/null "$socket" || [ ! -e "$socket" ] || exit 97; '
    'done <"$2/sockets"; '
    # What of /proc asks for the user's number alone lets root write, namespaces or not (proc(5)).
    f'for each in {" ".join(_KERNEL)}; do [ ! -e "/proc/$each" ] || '
    '{ mount --bind "/proc/$each" "/proc/$each" && mount -o remount,bind,ro "/proc/$each"; } || exit 97; done; '
    # Devices can be written to on a read-only file system: the terminal, cameras, virtual machines.
    'mount -t tmpfs -o nosuid,noexec,mode=755,size=16m none "$2/dev" && mkdir "$2/dev/shm" || exit 97; '
    "for each in null zero full random urandom; do "
    ': >"$2/dev/$each" && mount --bind "/dev/$each" "$2/dev/$each" || exit 97; done; '
    'ln -s /proc/self/fd "$2/dev/fd" && mount --rbind "$2/dev" /dev || exit 97; '
    'while IFS="\t" read -r options target; do mount -o "remount,bind,ro,$options" "$target" 2>/dev/null; '
    '[ ! -w "$target" ] || exit 98; done <"$2/mounts"; '
    'touch "$2/.azda-$$" 2>/dev/null && { rm -f "$2/.azda-$$"; exit 98; }; '
    # The shell stays: the first process of a namespace hears no signal that it sends itself.
    'cd "$1" && shift 2 && setpriv --no-new-privs --bounding-set=-all --inh-caps=-all -- "$@"; exit $?'
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sandbox:
    """How a child is started.

    Attributes:
        name: What keeps it in: `bubblewrap`, `unshare` or `limits`.
        prefix: The words before the child's own.
        lacking: What could not be enforced on this system.
    """

    name: str
    prefix: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()

    @property
    def is_namespace(self) -> bool:
        """Whether everything that the child starts ends with it."""
        return bool(self.prefix)

    def said(self, more: Sequence[str] = ()) -> str:
        """What could not be enforced, in one line; empty when all was."""
        lacking = [*self.lacking, *(f"no limit of {what}" for what in more)]
        if not lacking:
            return ""
        cure = "; install bubblewrap for it" if self.lacking else ""
        return f"the sandbox of this system could not enforce everything: {', '.join(lacking)}{cure}"


def find(folder: Path, environment: Mapping[str, str]) -> Sandbox:
    """Find what this system offers.

    Args:
        folder: The one folder that the child may write to; it exists, in a folder of ours that it may not write to.
        environment: The child's.
    """
    path = environment.get("PATH")
    for make in (_bubblewrap, _unshare):
        sandbox = make(folder, path)
        if sandbox is not None and _works(sandbox, folder, environment):
            return sandbox
    return Sandbox(name="limits", lacking=_NOTHING)


def _bubblewrap(folder: Path, path: str | None) -> Sandbox | None:
    program, shell = shutil.which("bwrap", path=path), shutil.which("sh", path=path)
    if program is None or shell is None:
        return None
    own = str(folder)
    words = ("--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc", "--tmpfs", _RUN)
    kernel = [word for name in _KERNEL if (own_part := Path("/proc") / name).exists() for word in _covered(own_part)]
    covers = [word for socket in _sockets() for word in ("--ro-bind", "/dev/null", socket)]
    guards = ("--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL")
    arguments = folder.parent / "arguments"
    # What lies in memory counts against no limit of memory, and bubblewrap before 0.8 has no size for it: none of it.
    closed = ("--bind", own, own, "--chdir", own, "--remount-ro", _RUN, "--remount-ro", "/dev")
    _write(arguments, ("\0".join((*words, *kernel, *covers, *closed, *guards)),))
    start = (shell, "-c", _FROM_FILE, "sandbox", str(arguments), program, "--args", "9", "--")
    return Sandbox(name="bubblewrap", prefix=start)


def _unshare(folder: Path, path: str | None) -> Sandbox | None:
    program, shell = shutil.which("unshare", path=path), shutil.which("sh", path=path)
    if program is None or shell is None or not all(shutil.which(name, path=path) for name in ("mount", "setpriv")):
        return None
    around, mounts, sockets = folder.parent, _mounts(), _sockets()
    if any("\n" in path for path in (*sockets, *(target for _, target in mounts))):
        return None  # the shell reads them a line each, and one that it misses would stay open
    (around / "dev").mkdir(exist_ok=True)
    _write(around / "mounts", (f"{options}\t{target}\n" for options, target in mounts))
    _write(around / "sockets", (f"{socket}\n" for socket in sockets))
    spaces = ("--user", "--map-root-user", "--mount", "--net", "--ipc", "--uts", "--pid", "--fork", "--kill-child")
    words = (shell, "-c", _READ_ONLY, "sandbox", str(folder), str(around))
    return Sandbox(name="unshare", prefix=(program, *spaces, "--mount-proc", "--", *words))


def _write(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(lines), encoding="utf-8", errors="surrogateescape")


def _covered(path: Path) -> tuple[str, str, str]:
    return ("--ro-bind", str(path), str(path))


def _sockets() -> list[str]:
    """Sockets that are files and lie elsewhere than in /run (proc(5), net/unix)."""
    found = set()
    for line in Path("/proc/net/unix").read_text(encoding="utf-8", errors="surrogateescape").splitlines()[1:]:
        path = ([*line.split(None, 7), ""])[7]
        if path.startswith("/") and not os.path.realpath(path).startswith(f"{_RUN}/") and _is_socket(path):
            found.add(path)
    return sorted(found)


def _is_socket(path: str) -> bool:
    try:
        return stat.S_ISSOCK(Path(path).stat().st_mode)
    except (OSError, ValueError):
        return False


def _mounts() -> list[tuple[str, str]]:
    """Each mount's options, which a user's namespace must keep, and its path (proc(5), mountinfo)."""
    found = []
    for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape").splitlines():
        parts = line.split(" ")
        target = _ESCAPE.sub(lambda match: chr(int(match[1], 8)), parts[4])
        if not any(target == each or target.startswith(f"{each}/") for each in _REPLACED):
            found.append((",".join(each for each in parts[5].split(",") if each in _LOCKED), target))
    return found


def _works(sandbox: Sandbox, folder: Path, environment: Mapping[str, str]) -> bool:
    """Whether the kernel lets it: asked once, for half of the machines that have the program forbid it."""
    true = shutil.which("true", path=environment.get("PATH")) or "true"
    try:
        done = subprocess.run(  # the distribution's own program
            [*sandbox.prefix, true],
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TRIAL_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
