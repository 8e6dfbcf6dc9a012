"""Real registries on loopback ports, with their requests and blobs open to a test's questions."""

import json
import secrets
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, urlsplit

import bcrypt

from support.processes import Daemon, clear, short_folder
from support.relay import Answer, Relay, Request
from support.tokens import ISSUER, TokenService
from tests.fakes.distribution import MemoryRegistry, Store, basic

Authentication = Literal["none", "htpasswd", "token"]


class Registry:
    """Debian's docker-registry behind a relay that counts what travels.

    Attributes:
        host: `127.0.0.1:port`, the registry's part of an image's name.
        url: The same as an http address.
        username: Who may push, empty for an anonymous registry.
        password: Their password.
        tokens: The token service of a registry that has one; its lifetimes can be set.
    """

    def __init__(self, authentication: Authentication = "none", *, relayed: bool = True) -> None:
        """Make the folders; nothing runs before `start`.

        Args:
            authentication: What it wants to see.
            relayed: Whether the relay stands before it; without it nothing is counted, nothing fails on purpose, and
                nothing of ours takes time.
        """
        self._relayed = relayed
        self.authentication = authentication
        self.root = short_folder("registry")
        self._port = _free_port()
        self.host = f"127.0.0.1:{self._port}"
        self.url = f"http://{self.host}"
        self.username, self.password = ("", "") if authentication == "none" else ("alice", secrets.token_hex(8))
        self.tokens = TokenService(self.host, {self.username: self.password})
        self._socket = self.root / "registry.sock"
        settings = self.root / "config.yml"
        settings.write_text(json.dumps(self._settings()))  # YAML reads JSON
        self._daemon = Daemon(
            ["docker-registry", "serve", settings],
            log=self.root / "log",
            ready=self._answers,
        )
        self._relay: Relay | None = None
        self._earlier: list[Request] = []

    def start(self) -> None:
        """Start it, on the same port and with the same blobs as before."""
        self._socket.unlink(missing_ok=True)
        self._daemon.start()
        if self._relayed:
            local = self.tokens.answer if self.authentication == "token" else None
            self._relay = Relay(self._port, self._socket, local)

    @contextmanager
    def counted(self) -> Iterator[Relay]:
        """Put a relay before a registry that has none, on a port of its own, for as long as the block runs."""
        relay = Relay(_free_port(), ("127.0.0.1", self._port))
        try:
            yield relay
        finally:
            relay.close()

    def stop(self) -> None:
        """Stop it: the port refuses connections; blobs stay."""
        self._close_relay()
        self._daemon.stop()

    def kill(self) -> None:
        """End it as a crash does, also in the middle of a transfer."""
        self._close_relay()
        self._daemon.kill()

    def close(self) -> None:
        """Stop it and remove its blobs."""
        self.stop()
        clear(self.root)

    def cut_after(self, count: int) -> None:
        """Cut every connection once so many more bytes have been uploaded: a registry that dies mid-push."""
        self._running().cut_after = self._running().received + count

    def slow_down(self, bytes_per_second: float | None) -> None:
        """Let uploads come no faster; None lifts it."""
        self._running().bytes_per_second = bytes_per_second

    def before_each(self, hook: Callable[[str, str], Answer | None]) -> None:
        """Call this with method and path of each request first; it may wait, raise relay.CutError, or answer."""
        self._running().before = hook

    def rewrite_answers(self, hook: Callable[[str, str, dict[str, str]], dict[str, str]]) -> None:
        """Call this with method, path and headers of each answer, and send the headers that it gives back."""
        self._running().rewrite = hook

    @property
    def requests(self) -> list[Request]:
        """All requests that came so far."""
        if self._relay:
            self._relay.settle()
        return self._earlier + (list(self._relay.requests) if self._relay else [])

    def blobs(self) -> dict[str, int]:
        """What it holds: digest -> size in bytes."""
        folder = self.root / "blobs" / "docker" / "registry" / "v2" / "blobs" / "sha256"
        return {f"sha256:{path.parent.name}": path.stat().st_size for path in folder.glob("*/*/data")}

    def uploaded(self, since: int = 0) -> dict[str, int]:
        """The blobs that were sent here, digest -> size, since a number of requests (`len(registry.requests)`)."""
        held = self.blobs()
        puts = [
            r for r in self.requests[since:] if r.method == "PUT" and r.status == 201 and "/blobs/uploads/" in r.path
        ]
        digests = {parse_qs(urlsplit(r.path).query)["digest"][0] for r in puts}
        return {digest: held[digest] for digest in digests}

    def bytes_received(self, since: int = 0) -> int:
        """Bytes of blobs and manifests that travelled here since a number of requests."""
        return sum(r.received for r in self.requests[since:] if r.path.startswith("/v2/"))

    def under_way(self) -> int:
        """Bytes of request bodies since its start, also of requests that have not ended."""
        return self._running().received

    def log(self) -> str:
        """What the registry itself wrote."""
        return self._daemon.log.read_text(errors="replace")

    def _running(self) -> Relay:
        assert self._relay, "the registry is stopped"
        return self._relay

    def _close_relay(self) -> None:
        relay, self._relay = self._relay, None
        if relay:
            relay.close()
            self._earlier += relay.requests

    def _settings(self) -> dict[str, object]:
        settings: dict[str, object] = {
            "version": "0.1",
            "log": {"level": "info"},
            "storage": {"filesystem": {"rootdirectory": str(self.root / "blobs")}, "delete": {"enabled": True}},
            # ACR answers with relative locations, and so does this.
            "http": {**self._place(), "relativeurls": True, "secret": secrets.token_hex(16)},
        }
        if self.authentication == "htpasswd":
            settings["auth"] = {"htpasswd": {"realm": "azda", "path": str(self._write_passwords())}}
        if self.authentication == "token":
            certificate = self.root / "tokens.pem"
            self.tokens.write_certificate(certificate)
            settings["auth"] = {
                "token": {
                    "realm": f"{self.url}/oauth2/token",
                    "service": self.host,
                    "issuer": ISSUER,
                    "rootcertbundle": str(certificate),
                }
            }
        return settings

    def _place(self) -> dict[str, str]:
        return {"net": "unix", "addr": str(self._socket)} if self._relayed else {"addr": self.host}

    def _write_passwords(self) -> Path:
        path = self.root / "htpasswd"
        hashed = bcrypt.hashpw(self.password.encode(), bcrypt.gensalt(4)).decode()
        path.write_text(f"{self.username}:{hashed}\n")
        return path

    def _answers(self) -> bool:
        if not self._relayed:
            with socket.socket() as client:
                return client.connect_ex(("127.0.0.1", self._port)) == 0
        with socket.socket(socket.AF_UNIX) as client:
            return client.connect_ex(str(self._socket)) == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class InMemory(Registry):
    """The same, with a registry in memory in place of Debian's: for tests that run where nothing is installed."""

    def __init__(self, authentication: Authentication = "none") -> None:
        """Make the store; nothing listens before `start`."""
        super().__init__(authentication)
        self._store = Store()
        self._server: MemoryRegistry | None = None

    def start(self) -> None:
        """Listen, with the same blobs as before."""
        self._socket.unlink(missing_ok=True)
        challenge = f'Bearer realm="{self.url}/oauth2/token",service="{self.host}"'
        if self.authentication == "htpasswd":
            challenge = 'Basic realm="azda"'
        self._server = MemoryRegistry(self._socket, self._store, challenge=challenge, allows=self._allows)
        self._relay = Relay(self._port, self._socket, self.tokens.answer if self.authentication == "token" else None)

    def stop(self) -> None:
        """Stop listening."""
        self._close_relay()
        server, self._server = self._server, None
        if server:
            server.stop()

    kill = stop

    def blobs(self) -> dict[str, int]:
        """What it holds: digest -> size in bytes."""
        return {digest: len(data) for digest, data in self._store.blobs.items()}

    def log(self) -> str:
        """It writes nothing."""
        return ""

    def _allows(self, header: str, name: str, action: str) -> bool:
        if self.authentication == "none":
            return True
        if self.authentication == "htpasswd":
            return basic(self.username, self.password)(header, name, action)
        return self.tokens.allows(header.removeprefix("Bearer "), name, action)


StartRegistry = Callable[..., Registry]


def started(kind: type[Registry]) -> Iterator[StartRegistry]:
    """For a fixture: start registries of a kind, and stop them when the test is over."""
    running: list[Registry] = []

    def start(authentication: Authentication = "none") -> Registry:
        running.append(kind(authentication))
        running[-1].start()
        return running[-1]

    try:
        yield start
    finally:
        for one in running:
            one.close()
