"""A registry in memory on a real socket, which notes every login that it is shown.

It speaks as much of the distribution API as `publish` and `gen-manifest` use, lets everybody in who shows anything, and
can be told to answer otherwise.
"""

import base64
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
RUNTIME_LABELS = {
    "io.azda.release": "7.1",
    "io.azda.target": "jetson",
    "io.azda.python": "3.10",
    "io.azda.variant": "samples",
}


def digest(data: bytes) -> str:
    """Name bytes as a registry does."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


@dataclass
class Fake:
    """One registry.

    Attributes:
        host: Its name as a user writes it, with its port.
        challenge: What an answer 401 asks for; empty where nobody is asked.
        intercept: Answers a request instead of us and returns True, or returns False.
        shown: All that was ever sent here, headers and bodies, with what Basic hides in plain text.
        blobs: What is stored, by digest.
        manifests: What is stored, by repository and tag or digest.
    """

    host: str = ""
    challenge: str = ""
    intercept: Callable[["Handler"], bool] = lambda _: False
    shown: list[str] = field(default_factory=list)
    blobs: dict[str, bytes] = field(default_factory=dict)
    manifests: dict[tuple[str, str], bytes] = field(default_factory=dict)

    def saw(self, canary: str) -> bool:
        """Whether a secret was shown to this registry."""
        return any(canary in text for text in self.shown)

    def blob(self, data: bytes) -> dict[str, Any]:
        """Store a blob; what names it in a manifest, but for its media type."""
        self.blobs[digest(data)] = data
        return {"digest": digest(data), "size": len(data)}

    def image(self, repository: str, tag: str, *, labels: dict[str, str] | None = None, published: bool = False) -> str:
        """Store a small runtime image, or one that `publish` made on it; return its digest."""
        layers = [b"system" * 100, b"runtime" * 100] + ([b"assets" * 100] if published else [])
        comment = {"comment": "azdacli publish"}
        own = {**RUNTIME_LABELS, **({"io.azda.base-layers": "2"} if published else {}), **(labels or {})}
        config = {
            "architecture": "arm64",
            "os": "linux",
            "config": {"Labels": own},
            "rootfs": {"type": "layers", "diff_ids": [digest(layer) for layer in layers]},
            "history": [{"created_by": "x", **(comment if number > 1 else {})} for number in range(len(layers))],
        }
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {"mediaType": CONFIG, **self.blob(json.dumps(config).encode())},
            "layers": [{"mediaType": LAYER, **self.blob(layer)} for layer in layers],
        }
        return self.keep(repository, tag, json.dumps(manifest).encode())

    def keep(self, repository: str, tag: str, manifest: bytes) -> str:
        """Store a manifest under a tag and under its digest."""
        self.manifests[repository, tag] = self.manifests[repository, digest(manifest)] = manifest
        return digest(manifest)


class Handler(BaseHTTPRequestHandler):
    """One request to a fake registry."""

    protocol_version = "HTTP/1.1"
    fake: Fake
    body: bytes

    def reply(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Answer."""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Stay silent."""

    def handle_any(self) -> None:
        """Note what was shown, then answer."""
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.fake.shown.append(f"{self.command} {self.path}\n{self.headers}\n{self.body.decode(errors='replace')}")
        authorization = self.headers.get("Authorization", "")
        if authorization.lower().startswith("basic "):
            self.fake.shown.append(base64.b64decode(authorization[6:]).decode(errors="replace"))
        try:
            if not self.fake.intercept(self):
                self._answer(authorization)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # the names are http.server's

    def _answer(self, authorization: str) -> None:
        where = urlsplit(unquote(self.path))
        if where.path.startswith("/token"):
            self.reply(200, b'{"token": "a-token-of-' + self.fake.host.encode() + b'"}')
        elif self.fake.challenge and not authorization:
            self.reply(401, b"{}", WWW_Authenticate=self.fake.challenge)
        elif where.path == "/v2/":
            self.reply(200, b"{}")
        elif "/manifests/" in where.path:
            self._manifest(where.path)
        elif "/blobs/uploads" in where.path:
            self._upload(where.path, parse_qs(where.query))
        else:
            data = self.fake.blobs.get(where.path.rpartition("/")[2])
            self.reply(404, b"{}") if data is None else self.reply(200, data)

    def _manifest(self, path: str) -> None:
        repository, _, selector = path.removeprefix("/v2/").partition("/manifests/")
        if self.command == "PUT":
            self.reply(201, Docker_Content_Digest=self.fake.keep(repository, selector, self.body))
            return
        data = self.fake.manifests.get((repository, selector))
        if self.command == "DELETE" and data is not None:
            for key in [k for k, held in self.fake.manifests.items() if k[0] == repository and held == data]:
                del self.fake.manifests[key]
            self.reply(202)
            return
        self.reply(404, b"{}") if data is None else self.reply(200, data, Content_Type=MANIFEST)

    def _upload(self, path: str, query: dict[str, list[str]]) -> None:
        own = self.fake.blobs
        if self.command == "POST" and query.get("mount", [""])[0] in own:
            self.reply(201, Location=path)
        elif self.command == "POST":
            self.reply(202, Location=f"{path}{len(self.fake.shown)}")
        elif self.command == "PATCH":
            own[path] = own.get(path, b"") + self.body
            self.reply(202, Location=path, Range=f"0-{len(own[path]) - 1}")
        elif self.command == "PUT":
            data = own.pop(path, b"") + self.body
            own[digest(data)] = data
            self.reply(201, Location=path)
        else:
            self.reply(204, Location=path, Range="0-0")


@contextmanager
def serving(address: str = "127.0.0.1", *, named: str = "", **settings: Any) -> Iterator[Fake]:
    """Start a registry.

    Args:
        address: Where it listens.
        named: What a user calls that address; the address itself by default.
        settings: Those of `Fake`.
    """
    fake = Fake(**settings)
    handler = type("Handler", (Handler,), {"fake": fake})
    server = ThreadingHTTPServer((address, 0), handler)
    fake.host = f"{named or address}:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
