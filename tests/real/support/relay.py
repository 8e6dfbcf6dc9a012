"""A relay in front of a registry: it counts what travels, answers for the token service, and fails when told to."""

import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedReader
from pathlib import Path
from typing import Any

BLOCK = 256 * 1024
HOP_BY_HOP = {
    "connection",
    "keep-alive",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
    "proxy-authorization",
    "expect",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One request as the registry's side saw it.

    Attributes:
        method: GET, PUT, …
        path: Path and query.
        scheme: `Basic`, `Bearer`, or empty without an Authorization header.
        status: The answer's status; 0 when the connection was cut.
        received: Bytes of the request's body.
        sent: Bytes of the answer's body.
    """

    method: str
    path: str
    scheme: str
    status: int
    received: int
    sent: int


@dataclass(slots=True)
class Answer:
    """What a local service answers instead of the registry."""

    status: int
    body: bytes
    headers: dict[str, str]


class CutError(Exception):
    """The connection ends here, with no answer."""


LocalService = Callable[[str, str, Any, bytes], Answer | None]


# A socket's path, or host and port.
Upstream = Path | tuple[str, int]


class Relay(ThreadingHTTPServer):
    """Listens on a loopback port and passes everything to the registry.

    Attributes:
        requests: All that came, in the order of their ends.
        before: Called with method and path of each request first; it may wait, raise CutError, or answer itself.
        rewrite: Called with method, path and headers of an answer; what it gives back is sent instead.
        cut_after: After so many bytes of request bodies every connection is cut; None for never.
        received: Bytes of request bodies so far.
        bytes_per_second: How fast bodies may come; None for as fast as they can.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, upstream: Upstream, local: LocalService | None = None) -> None:
        self.requests: list[Request] = []
        self.before: Callable[[str, str], Answer | None] = lambda _method, _path: None
        self.rewrite: Callable[[str, str, dict[str, str]], dict[str, str]] = lambda _method, _path, headers: headers
        self.cut_after: int | None = None
        self.bytes_per_second: float | None = None
        self.upstream = upstream
        self.local = local
        self.received = 0
        self.under_way = 0
        self._lock = threading.Lock()
        self._ended = threading.Condition(self._lock)
        self._connections: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), Handler)
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening and cut what is open."""
        self.shutdown()
        self.server_close()
        self._thread.join()
        with self._lock:
            open_ones = list(self._connections)
        for connection in open_ones:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, to cut it when we close."""
        with self._lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection."""
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is not news."""

    def took(self, count: int) -> None:
        """Account for bytes of a request's body: fail, or slow down, as told."""
        with self._lock:
            self.received += count
            total = self.received
        if self.cut_after is not None and total > self.cut_after:
            raise CutError
        if self.bytes_per_second:
            time.sleep(count / self.bytes_per_second)

    def begin(self) -> None:
        """Count a request that has begun."""
        with self._lock:
            self.under_way += 1

    def settle(self, seconds: float = 0.5) -> None:
        """Wait until no request is under way: a client has its answer before the request stands in the list."""
        with self._ended:
            self._ended.wait_for(lambda: self.under_way == 0, seconds)

    def note(self, request: Request) -> None:
        """Keep a request in the list."""
        with self._lock:
            self.requests.append(request)
            self.under_way -= 1
            self._ended.notify_all()


class _Upstream(http.client.HTTPConnection):
    def __init__(self, upstream: Upstream) -> None:
        super().__init__("localhost", timeout=120)
        self._upstream = upstream

    def connect(self) -> None:
        if isinstance(self._upstream, tuple):
            self.sock = socket.create_connection(self._upstream, self.timeout)
            return
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._upstream))


class Handler(BaseHTTPRequestHandler):
    """One connection of a client."""

    protocol_version = "HTTP/1.1"
    server: Relay
    rfile: BufferedReader

    def handle(self) -> None:
        """Tell a client that tries TLS first that this is HTTP, in the way that makes it try again without."""
        if self.rfile.peek(1)[:1] == b"\x16":
            self.wfile.write(b"HTTP/1.0 400 Bad Request\r\n\r\nthis is HTTP\n")
            return
        super().handle()

    def do_GET(self) -> None:
        """Pass a request on, whatever its method is."""
        self._received = self._sent = self._status = 0
        self.server.begin()
        try:
            answer = self.server.before(self.command, self.path)
            if answer is not None:
                for _ in self._body():
                    continue
            elif self.server.local:
                answer = self._local()
            if answer is None:
                self._pass_on()
            else:
                self._answer(answer)
        except (CutError, OSError, http.client.HTTPException):
            self._status = 0
            self.close_connection = True
        finally:
            scheme = self.headers.get("Authorization", "").partition(" ")[0]
            self.server.note(
                Request(
                    method=self.command,
                    path=self.path,
                    scheme=scheme,
                    status=self._status,
                    received=self._received,
                    sent=self._sent,
                )
            )

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # the names that http.server calls

    def log_message(self, *args: Any) -> None:
        """Stay silent: the requests are kept."""

    def handle_expect_100(self) -> bool:
        """Say "go on" only when the registry wants the body."""
        return True

    def _local(self) -> Answer | None:
        if not self.path.startswith("/oauth2/"):
            return None
        assert self.server.local
        return self.server.local(self.command, self.path, self.headers, b"".join(self._body()))

    def _answer(self, answer: Answer) -> None:
        self._status = answer.status
        self.send_response(answer.status)
        for name, value in {**answer.headers, "Content-Length": str(len(answer.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
            self._sent = len(answer.body)

    def _chunked(self) -> bool:
        return "chunked" in self.headers.get("Transfer-Encoding", "").lower()

    def _has_body(self) -> bool:
        return self._chunked() or int(self.headers.get("Content-Length") or 0) > 0

    def _body(self) -> Iterator[bytes]:
        if not self._has_body():
            return
        if self.headers.get("Expect", "").lower() == "100-continue":
            self.send_response_only(100)
            self.end_headers()
        blocks = self._chunks() if self._chunked() else self._counted(int(self.headers["Content-Length"]))
        for block in blocks:
            self._received += len(block)
            self.server.took(len(block))
            yield block

    def _counted(self, left: int) -> Iterator[bytes]:
        while left:
            block = self.rfile.read1(min(BLOCK, left))
            if not block:
                raise CutError
            left -= len(block)
            yield block

    def _chunks(self) -> Iterator[bytes]:
        while size := int(self.rfile.readline(100).split(b";")[0] or b"0", 16):
            yield from self._counted(size)
            self.rfile.readline(100)
        while self.rfile.readline(1000) not in (b"\r\n", b"\n", b""):
            continue

    def _pass_on(self) -> None:
        upstream = _Upstream(self.server.upstream)
        try:
            self._send_head(upstream)
            body = self._body()
            if self._has_body() and self._wanted(upstream):
                self._send_body(upstream, body)
            else:
                for _ in body:  # refused before it was read: a client that still writes must not meet a closed door
                    continue
            response = upstream.getresponse()
            self._send_back(response)
        finally:
            upstream.close()

    def _send_head(self, upstream: _Upstream) -> None:
        upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            if name.lower() not in HOP_BY_HOP:
                upstream.putheader(name, value)
        if self._has_body():
            upstream.putheader("Expect", "100-continue")
            if self._chunked():
                upstream.putheader("Transfer-Encoding", "chunked")
        upstream.endheaders()

    def _wanted(self, upstream: _Upstream) -> bool:
        """Wait for "100 Continue" or a final answer; leave either for the response to read."""
        start = b""
        while len(start) < len(b"HTTP/1.1 100"):
            peeked = upstream.sock.recv(64, socket.MSG_PEEK)
            if not peeked:
                raise CutError
            start = peeked
        return start.split()[1] == b"100"

    def _send_body(self, upstream: _Upstream, body: Iterator[bytes]) -> None:
        for block in body:
            if self._chunked():
                upstream.send(b"%x\r\n%b\r\n" % (len(block), block))
            else:
                upstream.send(block)
        if self._chunked():
            upstream.send(b"0\r\n\r\n")

    def _send_back(self, response: http.client.HTTPResponse) -> None:
        self._status = response.status
        self.send_response_only(response.status, response.reason)
        sized = response.getheader("Content-Length") is not None
        empty = self.command == "HEAD" or response.status in {204, 304}
        for name, value in self.server.rewrite(self.command, self.path, dict(response.getheaders())).items():
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        if not sized and not empty:
            self.send_header("Connection", "close")
        self.end_headers()
        while not empty and (block := response.read1(BLOCK)):
            self._sent += len(block)
            self.wfile.write(block)
        if not sized and not empty:
            self.close_connection = True
