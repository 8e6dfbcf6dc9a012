"""The machine, its files, and its network."""

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True, kw_only=True, slots=True)
class Host:
    """The machine and who we are on it.

    Attributes:
        system: `Linux`, `Darwin` or `Windows`.
        machine: `amd64` or `arm64`; another name where it is neither.
        python: The running Python, as `3.11.2`.
        root: Whether we may do everything.
        distribution: `ID` of os-release, `debian` or `ubuntu`; empty where there is none.
        release: `VERSION_ID` of os-release, as `12`.
    """

    system: str
    machine: str
    python: str
    root: bool = False
    distribution: str = ""
    release: str = ""

    @property
    def sudo(self) -> str:
        """What stands before a command that only root may run."""
        return "" if self.root else "sudo "


class Trouble(str, Enum):
    """Why nothing answers at an address."""

    ABSENT = "absent"
    REFUSED = "refused"
    DENIED = "denied"
    SILENT = "silent"
    UNREADABLE = "unreadable"
    UNRESOLVED = "unresolved"
    UNTRUSTED = "untrusted"
    PLAIN = "plain"


@dataclass(frozen=True, kw_only=True, slots=True)
class Emulator:
    """An entry of the kernel's list of foreign programs.

    Attributes:
        name: The entry's.
        interpreter: The emulator.
        enabled: Whether the kernel uses it.
        fixed: Whether it was opened when it was registered (flag F), so that containers need none of their own.
    """

    name: str
    interpreter: str
    enabled: bool
    fixed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A file or folder of the machine.

    Attributes:
        path: Where it is.
        exists: Whether it is there; None when we may not look.
        is_socket: Whether it is a socket.
        owner: The number of its owner, its group, and its permissions.
    """

    path: str
    exists: bool | None
    is_socket: bool = False
    owner: int = -1
    group: int = -1
    mode: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class BrokenBundle:
    """A file of certificates that cannot be used.

    Attributes:
        path: Where it is said to be.
        source: What names it: `--ca-bundle`, or a variable of the environment; empty for Python's own.
        problem: Why it cannot be used.
        is_absent: Whether there is no such file.
    """

    path: str
    source: str
    problem: str
    is_absent: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """What came of a visit.

    Attributes:
        host: Where it went: host, and port if it is not 443.
        proxy: Through which proxy, without its password; empty without one.
        trouble: Why there was no answer; None when there was one.
        at_proxy: Whether the trouble is with the proxy.
        detail: The system's own word on it.
        ahead: Seconds by which this machine's clock is ahead of the host's; None when it did not say.
    """

    host: str
    proxy: str = ""
    trouble: Trouble | None = None
    at_proxy: bool = False
    detail: str = ""
    ahead: float | None = None

    @property
    def answered(self) -> bool:
        """Whether somebody was there, trusted or not."""
        return self.trouble in (None, Trouble.UNTRUSTED, Trouble.PLAIN)

    @property
    def is_loopback(self) -> bool:
        """Whether the host is this machine, by its name."""
        name = self.host.rpartition(":")[0] if self.host.rpartition(":")[2].isdigit() else self.host
        return name in ("localhost", "[::1]") or name.endswith(".localhost") or name.startswith("127.")
