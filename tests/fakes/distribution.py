"""A registry in memory: the distribution API (github.com/opencontainers/distribution-spec, spec.md) over HTTP.

It answers as Debian's docker-registry does where the specification leaves a choice: relative locations, a range from 0
with every 202, digests checked when an upload ends, blobs that a manifest names demanded.
"""

import base64
import hashlib
import json
import re
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Allows = Callable[[str, str, str], bool]
"""Authorization header, repository, action (pull or push) -> whether it may."""

_NAME = r"(?P<name>[a-z0-9]+(?:[._/-]+[a-z0-9]+)*)"
_BLOB = re.compile(rf"^/v2/{_NAME}/blobs/(?P<digest>sha256:[0-9a-f]{{64}})$")
_UPLOADS = re.compile(rf"^/v2/{_NAME}/blobs/uploads/(?P<upload>[0-9a-f-]*)$")
_TAGS = re.compile(rf"^/v2/{_NAME}/tags/list$")
_MANIFEST = re.compile(rf"^/v2/{_NAME}/manifests/(?P<selector>[\w.:-]+)$")


@dataclass(slots=True)
class Store:
    """What the registry holds.

    Attributes:
        blobs: Digest -> bytes, for all repositories.
        linked: Repository -> digests that it may give out.
        manifests: Repository -> tag or digest -> digest.
        types: Digest of a manifest -> its media type.
        uploads: Upload's id -> bytes so far.
    """

    blobs: dict[str, bytes] = field(default_factory=dict)
    linked: dict[str, set[str]] = field(default_factory=dict)
    manifests: dict[str, dict[str, str]] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    uploads: dict[str, bytearray] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def put(self, name: str, data: bytes) -> str:
        """Keep bytes in a repository and give their digest."""
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        with self.lock:
            self.blobs[digest] = data
            self.linked.setdefault(name, set()).add(digest)
        return digest

    def has(self, name: str, digest: str) -> bool:
        """Whether a repository gives a blob out."""
        return digest in self.linked.get(name, ())


class MemoryRegistry(ThreadingMixIn, UnixStreamServer):
    """Serves a store on a socket in a folder, from `start` to `stop`; the store stays in between.

    Args:
        address: The socket's path.
        store: What it holds.
        challenge: The WWW-Authenticate of a 401.
        allows: Who may do what.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, address: Path, store: Store, *, challenge: str, allows: Allows) -> None:
        self.store = store
        self.challenge = challenge
        self.allows = allows
        super().__init__(str(address), Handler)
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening."""
        self.shutdown()
        self.server_close()
        self._thread.join()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is not news."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: MemoryRegistry

    def address_string(self) -> str:
        """A socket in a folder has no address."""
        return "local"

    def log_message(self, *args: Any) -> None:
        """Stay silent."""

    def do_GET(self) -> None:
        """Serve a request, whatever its method is."""
        where = urlsplit(self.path)
        path = unquote(where.path)
        query = {name: values[0] for name, values in parse_qs(where.query).items()}
        found = [(serve, match) for pattern, serve in self._routes() if (match := pattern.match(path))]
        name = found[0][1]["name"] if found else ""
        action = {"GET": "pull", "HEAD": "pull", "DELETE": "delete"}.get(self.command, "push")
        if "/blobs/uploads/" in path and action == "delete":
            action = "push"
        if not self.server.allows(self.headers.get("Authorization", ""), name, action):
            self._refuse(401, "UNAUTHORIZED", {"WWW-Authenticate": self._challenge(name, action)})
        elif found:
            found[0][0](query, **found[0][1].groupdict())
        elif path == "/v2/":
            self._send(200, b"{}")
        else:
            self._refuse(404, "NAME_UNKNOWN")

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # the names that http.server calls

    def _routes(self) -> list[tuple["re.Pattern[str]", Callable[..., None]]]:
        return [(_BLOB, self._blob), (_UPLOADS, self._upload), (_MANIFEST, self._manifest), (_TAGS, self._tags)]

    def _challenge(self, name: str, action: str) -> str:
        challenge = self.server.challenge
        if not (challenge.startswith("Bearer") and name):
            return challenge
        wanted = {"pull": "pull", "push": "pull,push"}.get(action, action)
        challenge += f',scope="repository:{name}:{wanted}"'
        known = self.server.allows(self.headers.get("Authorization", ""), "", action)
        return challenge + (',error="insufficient_scope"' if known else "")

    def _blob(self, _query: dict[str, str], *, name: str, digest: str) -> None:
        if not self.server.store.has(name, digest):
            self._refuse(404, "BLOB_UNKNOWN")
            return
        data = self.server.store.blobs[digest]
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        about = {"Docker-Content-Digest": digest, "Content-Type": "application/octet-stream"}
        if wanted:
            begin, end = int(wanted[1]), min(int(wanted[2] or len(data)), len(data) - 1)
            span = {"Content-Range": f"bytes {begin}-{end}/{len(data)}"}
            self._send(206, data[begin : end + 1], {**about, **span})
        else:
            self._send(200, data, about)

    def _upload(self, query: dict[str, str], *, name: str, upload: str) -> None:
        store = self.server.store
        if self.command == "POST":
            source = query.get("from", "")
            if "mount" in query and store.has(source, query["mount"]):
                store.linked.setdefault(name, set()).add(query["mount"])
                self._created(name, query["mount"])
                return
            upload = str(uuid.uuid4())
            store.uploads[upload] = bytearray()
        if upload not in store.uploads:
            self._drain()
            self._refuse(404, "BLOB_UPLOAD_UNKNOWN")
            return
        held = store.uploads[upload]
        if self.command == "GET":
            self._accepted(name, upload, 204)
        elif self.command == "DELETE":
            del store.uploads[upload]
            self._send(204, b"")
        elif self._takes(held):
            self._finish(name, upload, query.get("digest"))

    def _takes(self, held: bytearray) -> bool:
        """Take the body onto what is held; a chunk from elsewhere than its end is refused (416)."""
        begin = re.match(r"(?:bytes )?(\d+)-", self.headers.get("Content-Range", ""))
        if begin and int(begin[1]) != len(held):
            self._drain()
            self._refuse(416, "RANGE_INVALID")
            return False
        for block in self._body():
            held += block
        return True

    def _finish(self, name: str, upload: str, digest: str | None) -> None:
        store = self.server.store
        if digest is None:
            self._accepted(name, upload, 202)
            return
        data = bytes(store.uploads.pop(upload))
        if f"sha256:{hashlib.sha256(data).hexdigest()}" != digest:
            self._refuse(400, "DIGEST_INVALID")
            return
        self._created(name, store.put(name, data))

    def _accepted(self, name: str, upload: str, status: int) -> None:
        last = max(len(self.server.store.uploads[upload]) - 1, 0)
        location = f"/v2/{name}/blobs/uploads/{upload}?_state=x"
        self._send(status, b"", {"Location": location, "Range": f"0-{last}", "Docker-Upload-UUID": upload})

    def _created(self, name: str, digest: str) -> None:
        about = {"Location": f"/v2/{name}/blobs/{digest}", "Docker-Content-Digest": digest}
        self._send(201, b"", about)

    def _manifest(self, _query: dict[str, str], *, name: str, selector: str) -> None:
        store = self.server.store
        held = store.manifests.setdefault(name, {})
        if self.command == "PUT":
            self._take_manifest(name, selector, held)
            return
        digest = held.get(selector)
        if digest is None:
            self._refuse(404, "MANIFEST_UNKNOWN")
            return
        if self.command == "DELETE":
            for name_of_it in [key for key, value in held.items() if value == digest]:
                del held[name_of_it]
            self._send(202, b"")
            return
        self._send(200, store.blobs[digest], {"Content-Type": store.types[digest], "Docker-Content-Digest": digest})

    def _tags(self, query: dict[str, str], *, name: str) -> None:
        """List tags in the order of the alphabet, a page at a time."""
        held = self.server.store.manifests.get(name)
        if held is None:
            self._refuse(404, "NAME_UNKNOWN")
            return
        tags = sorted(tag for tag in held if ":" not in tag and tag > query.get("last", ""))
        page = tags[: int(query.get("n", len(tags)))]
        link = (
            {"Link": f'</v2/{name}/tags/list?last={page[-1]}&n={query["n"]}>; rel="next"'}
            if len(page) < len(tags)
            else {}
        )
        body = json.dumps({"name": name, "tags": page or None}).encode()
        self._send(200, body, {"Content-Type": "application/json", **link})

    def _take_manifest(self, name: str, selector: str, held: dict[str, str]) -> None:
        data = b"".join(self._body())
        value = json.loads(data)
        parts = [value["config"], *value["layers"]] if "config" in value else value.get("manifests", [])
        known = {*self.server.store.linked.get(name, ()), *held.values()}
        if any(part["digest"] not in known for part in parts):
            self._refuse(404, "MANIFEST_BLOB_UNKNOWN")
            return
        digest = self.server.store.put(name, data)
        self.server.store.types[digest] = self.headers["Content-Type"]
        held[selector] = held[digest] = digest
        self._send(201, b"", {"Location": f"/v2/{name}/manifests/{digest}", "Docker-Content-Digest": digest})

    def _body(self) -> Iterator[bytes]:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            while size := int(self.rfile.readline(100).split(b";")[0] or b"0", 16):
                yield self.rfile.read(size)
                self.rfile.readline(100)
            self.rfile.readline(100)
            return
        left = int(self.headers.get("Content-Length") or 0)
        while left:
            block = self.rfile.read1(min(left, 1 << 18))
            if not block:
                raise ConnectionError("the client went away")
            left -= len(block)
            yield block

    def _drain(self) -> None:
        for _ in self._body():
            continue

    def _refuse(self, status: int, code: str, headers: dict[str, str] | None = None) -> None:
        body = json.dumps({"errors": [{"code": code, "message": code.lower().replace("_", " ")}]}).encode()
        self._send(status, body, {"Content-Type": "application/json; charset=utf-8", **(headers or {})})

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        sized = {"Content-Length": str(len(body))} if status != 204 else {}
        for name, value in {"Docker-Distribution-Api-Version": "registry/2.0", **(headers or {}), **sized}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def basic(username: str, password: str) -> Allows:
    """Who sends this user name and password may do everything."""
    right = f"Basic {base64.b64encode(f'{username}:{password}'.encode()).decode()}"
    return lambda header, _name, _action: header == right
