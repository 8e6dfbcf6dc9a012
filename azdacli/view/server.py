"""A server on this machine alone, for one page: a token in the address, no other path, no other host's name."""

import json
import re
import secrets
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files as resources
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from azdacli.errors import AzdaError, SpecError
from azdacli.view.library import Library, StaleError

HOST = "127.0.0.1"
_KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".mp4": "video/mp4", ".png": "image/png"}
_FILES = ("index.html", "style.css", "app.js", "clip.js", "overlay.js", "timeline.js", "editor.js")
_MOST_BODY, _MOST_DRAINED = 1 << 20, 8 << 20
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_PATIENCE = 30
_OWN = ("script-src", "style-src", "media-src", "connect-src")
_POLICY = "; ".join(["default-src 'none'", "img-src 'self' data:", *(f"{each} 'self'" for each in _OWN)])


class ViewServer(ThreadingHTTPServer):
    """Serves one library on a random port of the loopback interface.

    Args:
        library: What is shown.
    """

    daemon_threads = True

    def __init__(self, library: Library) -> None:
        super().__init__((HOST, 0), _Handler)
        self.library = library
        self.token = secrets.token_urlsafe(24)

    @property
    def address(self) -> str:
        """The page's address, with the token: who knows it may look and save."""
        return f"http://{HOST}:{self.server_port}/{self.token}/"

    def handle_error(self, request: Any, client_address: Any) -> None:  # the signature is the library's
        """A browser that goes away while it is answered is no error; what else fails is answered with 500."""


class _Handler(BaseHTTPRequestHandler):
    server: ViewServer
    protocol_version = "HTTP/1.1"
    timeout = _PATIENCE
    server_version, sys_version = "azdacli", ""

    def do_GET(self) -> None:  # the library's name
        self._answer(_READS)

    def do_PUT(self) -> None:  # same
        self._answer(_WRITES)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 # same
        """Requests are nobody's news."""

    def _answer(self, routes: "Routes") -> None:
        parts = urlsplit(self.path)
        path = self._inside(parts.path)
        if path is None:
            self._send(HTTPStatus.FORBIDDEN, b"The token is missing or wrong.", "text/plain")
            return
        for pattern, route in routes.items():
            found = re.fullmatch(pattern, path)
            if found:
                self._run(route, found, {key: values[0] for key, values in parse_qs(parts.query).items()})
                return
        self._send(HTTPStatus.NOT_FOUND, b"There is nothing here.", "text/plain")

    def _inside(self, path: str) -> str | None:
        """The path behind the token; None without it, and for a page of another site that found this port."""
        own = {f"{name}:{self.server.server_port}" for name in (HOST, "localhost")}
        origin = self.headers.get("Origin")
        if self.headers.get("Host") not in own or (origin and urlsplit(origin).netloc not in own):
            return None
        _, token, *rest = [*path.split("/", 2), ""][:3]
        if not secrets.compare_digest(token.encode(), self.server.token.encode()):
            return None
        return rest[0]

    def _run(self, route: "Route", found: re.Match[str], query: dict[str, str]) -> None:
        try:
            route(self, found, query)
        except StaleError as error:
            self.send_json({"error": error.as_json()}, HTTPStatus.CONFLICT)
        except AzdaError as error:
            self.send_json({"error": error.as_json()}, HTTPStatus.BAD_REQUEST)
        except (ValueError, KeyError, IndexError):
            self._send(HTTPStatus.NOT_FOUND, b"There is nothing here.", "text/plain")
        except (ConnectionError, TimeoutError):
            self.close_connection = True  # the browser has gone

    def send_json(self, value: Any, status: HTTPStatus = HTTPStatus.OK) -> None:
        self._send(status, json.dumps(value).encode(), "application/json")

    def body(self) -> Any:
        """The JSON of a request.

        Raises:
            SpecError: It is too large, or no JSON.
        """
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 < length <= _MOST_BODY:
            self.close_connection = True
            self.rfile.read(min(max(length, 0), _MOST_DRAINED))  # who still sends would not see the answer
            raise SpecError("the request is empty or too large")
        try:
            return json.loads(self.rfile.read(length))
        except (ValueError, RecursionError):
            raise SpecError("the request is no JSON") from None

    def _send(self, status: HTTPStatus, data: bytes, kind: str) -> None:
        self._head(status, kind, len(data))
        self.wfile.write(data)

    def send_resource(self, name: str) -> None:
        data = (resources("azdacli") / "data" / "view" / name).read_bytes()
        self._send(HTTPStatus.OK, data, f"{_KINDS[Path(name).suffix]}; charset=utf-8")

    def send_media(self, path: Path) -> None:
        """A file, or the part of it that the browser asks for: it seeks so."""
        size = path.stat().st_size
        begin, end, status = 0, size - 1, HTTPStatus.OK
        found = _RANGE.fullmatch(self.headers.get("Range", ""))
        if found and (found[1] or found[2]):
            begin = int(found[1]) if found[1] else max(0, size - int(found[2]))
            end = min(int(found[2]), size - 1) if found[1] and found[2] else size - 1
            status = HTTPStatus.PARTIAL_CONTENT
            if begin > end:
                self._head(
                    HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, "text/plain", 0, ("Content-Range", f"bytes */{size}")
                )
                return
        spread = [("Accept-Ranges", "bytes")]
        if status is HTTPStatus.PARTIAL_CONTENT:
            spread.append(("Content-Range", f"bytes {begin}-{end}/{size}"))
        self._head(status, _KINDS[path.suffix], end - begin + 1, *spread)
        with path.open("rb") as stream:
            stream.seek(begin)
            left = end - begin + 1
            while left > 0 and (part := stream.read(min(left, 1 << 18))):
                self.wfile.write(part)
                left -= len(part)
        self.close_connection |= left > 0

    def _head(self, status: HTTPStatus, kind: str, length: int, *more: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (
            ("Content-Type", kind),
            ("Content-Length", str(length)),
            ("Content-Security-Policy", _POLICY),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Cache-Control", "no-store"),
            *more,
        ):
            self.send_header(name, value)
        self.end_headers()


Route = Callable[[_Handler, re.Match[str], dict[str, str]], None]
Routes = dict[str, Route]


def _save(handler: _Handler, _found: re.Match[str], _query: dict[str, str]) -> None:
    wanted = handler.body()
    try:
        sensor, changed, version = str(wanted["sensor"]), list(wanted["regions"]), str(wanted["version"])
    except (KeyError, TypeError):
        raise SpecError("the request needs sensor, regions and version") from None
    if not all(isinstance(each, dict) for each in changed):
        raise SpecError("a region is no object")
    try:
        handler.send_json(handler.server.library.save(sensor, changed, version))
    except UnicodeEncodeError:
        raise SpecError("a name holds half a character") from None


def _frames(handler: _Handler, found: re.Match[str], query: dict[str, str]) -> None:
    begin, end = float(query["from"]), float(query["to"])
    handler.send_json(handler.server.library.frames(int(found[1]), begin, end))


_READS: Routes = {
    "": lambda handler, _found, _query: handler.send_resource("index.html"),
    "|".join(re.escape(name) for name in _FILES): lambda handler, found, _query: handler.send_resource(found[0]),
    "api/clips": lambda handler, _found, _query: handler.send_json(handler.server.library.overview()),
    r"api/clips/(\d{1,6})": lambda handler, found, _query: handler.send_json(
        handler.server.library.about(int(found[1]))
    ),
    r"api/clips/(\d{1,6})/frames": _frames,
    r"api/differences/(\d{1,6})/(\d{1,6})": lambda handler, found, _query: handler.send_json(
        handler.server.library.differences(int(found[1]), int(found[2]))
    ),
    "api/regions": lambda handler, _found, _query: handler.send_json(handler.server.library.regions()),
    r"media/(\d{1,6})": lambda handler, found, _query: handler.send_media(
        handler.server.library.clips[int(found[1])].media
    ),
}
_WRITES: Routes = {"api/regions": _save}
