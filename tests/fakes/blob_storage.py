"""Azure's blob storage in memory: the requests of an upload, with the checks and errors that the REST API documents.

https://learn.microsoft.com/rest/api/storageservices/blob-service-rest-api; tests that run on it run on Azurite, too.
"""

import base64
import hashlib
import hmac
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.etree import ElementTree as ET

ACCOUNT = "farm"
_SIGNED = (
    *("Content-Encoding", "Content-Language", "Content-Length", "Content-MD5", "Content-Type", "Date"),
    *("If-Modified-Since", "If-Match", "If-None-Match", "If-Unmodified-Since", "Range"),
)


@dataclass
class MemoryBlobs:
    """One account with one container.

    Attributes:
        endpoint: The account's address.
        key: Its key.
        container: The container's name.
        exists: Whether there is the container.
        answer: Status and code of each answer, whatever is asked; None for the true one.
        date: What stands in the header Date, where it is not the time of this machine.
        staged: How many bytes came as blocks.
    """

    endpoint: str = ""
    key: str = field(default_factory=lambda: base64.b64encode(secrets.token_bytes(32)).decode())
    container: str = "recordings"
    exists: bool = True
    answer: tuple[int, str] | None = None
    date: str = ""
    staged: int = 0
    committed: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    waiting: dict[str, dict[str, bytes]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def connection_string(self) -> str:
        """As the portal gives it."""
        parts = {"DefaultEndpointsProtocol": "http", "AccountName": ACCOUNT, "AccountKey": self.key}
        return "".join(f"{name}={value};" for name, value in {**parts, "BlobEndpoint": self.endpoint}.items())

    def blobs(self) -> dict[str, bytes]:
        """All blobs."""
        return {name: data for name, (data, _) in self.committed.items()}

    def uncommitted(self, name: str) -> int:
        """How many blocks of a name wait."""
        return len(self.waiting.get(name, {}))

    def put(self, name: str, data: bytes) -> None:
        """Store a blob that somebody else sent."""
        self.committed[name] = (data, base64.b64encode(hashlib.md5(data).digest()).decode())

    def remove_container(self) -> None:
        """Let there be none."""
        self.exists = False

    def signature(self, method: str, path: str, headers: Any) -> str:
        """https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key."""
        where = urlsplit(path)
        values = [headers.get(name, "") for name in _SIGNED]
        values[2] = "" if values[2] == "0" else values[2]
        own = sorted((k.lower(), v.strip()) for k, v in headers.items() if k.lower().startswith("x-ms-"))
        query = sorted(parse_qsl(where.query, keep_blank_values=True))
        text = "\n".join([method, *values, *(f"{k}:{v}" for k, v in own), f"/{ACCOUNT}{where.path}"])
        text += "".join(f"\n{name.lower()}:{value}" for name, value in query)
        return base64.b64encode(hmac.digest(base64.b64decode(self.key), text.encode(), "sha256")).decode()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    service: MemoryBlobs

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        self._serve()

    do_GET = do_PUT = do_HEAD

    def date_time_string(self, timestamp: float | None = None) -> str:
        return self.service.date or super().date_time_string(timestamp)

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if refusal := self._refusal():
            self._reply(*refusal)
            return
        where = urlsplit(self.path)
        _, _, _, name = unquote(where.path).split("/", 3)
        query = dict(parse_qsl(where.query))
        with self.service.lock:
            self._reply(*getattr(self, f"_{self.command.lower()}_{query.get('comp', 'blob')}")(name, query, body))

    def _refusal(self) -> tuple[int, str] | None:
        if self.service.answer:
            return self.service.answer
        expected = f"SharedKey {ACCOUNT}:{self.service.signature(self.command, self.path, self.headers)}"
        if not hmac.compare_digest(expected, self.headers.get("Authorization", "")):
            return 403, "AuthenticationFailed"
        there = self.service.exists and unquote(urlsplit(self.path).path).split("/")[2] == self.service.container
        return None if there else (404, "ContainerNotFound")

    def _head_blob(self, name: str, *_: Any) -> tuple[Any, ...]:
        if name not in self.service.committed:
            return 404, "BlobNotFound"
        data, md5 = self.service.committed[name]
        kind = {"x-ms-blob-type": "BlockBlob", "ETag": '"1"', "Last-Modified": self.date_time_string()}
        return 200, "", b"", {**kind, "Content-MD5": md5, "Content-Length": str(len(data))}

    def _get_blocklist(self, name: str, *_: Any) -> tuple[Any, ...]:
        if name not in self.service.committed and name not in self.service.waiting:
            return 404, "BlobNotFound"
        listed = "".join(
            f"<Block><Name>{block}</Name><Size>{len(data)}</Size></Block>"
            for block, data in self.service.waiting.get(name, {}).items()
        )
        text = f"<BlockList><UncommittedBlocks>{listed}</UncommittedBlocks></BlockList>"
        return 200, "", text.encode(), {"Content-Type": "application/xml"}

    def _put_block(self, name: str, query: dict[str, str], body: bytes) -> tuple[Any, ...]:
        if base64.b64decode(self.headers["Content-MD5"]) != hashlib.md5(body).digest():
            return 400, "Md5Mismatch"
        blocks = self.service.waiting.setdefault(name, {})
        if {len(base64.b64decode(each)) for each in (*blocks, query["blockid"])} != {
            len(base64.b64decode(query["blockid"]))
        }:
            return 400, "InvalidBlobOrBlock"
        blocks[query["blockid"]] = body
        self.service.staged += len(body)
        return 201, ""

    def _put_blocklist(self, name: str, _query: dict[str, str], body: bytes) -> tuple[Any, ...]:
        if name in self.service.committed and self.headers.get("If-None-Match") == "*":
            return 409, "BlobAlreadyExists"
        wanted = [each.text or "" for each in ET.fromstring(body)]
        blocks = self.service.waiting.pop(name, {})
        if any(each not in blocks for each in wanted):
            return 400, "InvalidBlockList"
        data = b"".join(blocks[each] for each in wanted)
        self.service.committed[name] = (data, self.headers.get("x-ms-blob-content-md5", ""))
        return 201, "", b"", {"ETag": '"1"', "Last-Modified": self.date_time_string()}

    def _reply(self, status: int, code: str, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        fixed = {"x-ms-request-id": "1", "x-ms-version": "2025-01-05", "Content-Length": str(len(body))}
        for name, value in {**fixed, **(headers or {}), **({"x-ms-error-code": code} if code else {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


@contextmanager
def serving() -> Iterator[MemoryBlobs]:
    """A service on a loopback port."""
    service = MemoryBlobs()
    handler = type("Handler", (_Handler,), {"service": service})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        service.endpoint = f"http://127.0.0.1:{server.server_port}/{ACCOUNT}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield service
        finally:
            server.shutdown()
            thread.join()
