"""One blob on its way into a registry: in chunks, each byte read and digested once, going on where it broke off.

A chunk is a PATCH with Content-Length and Content-Range, as the distribution specification has it. The first has a size
that every gateway takes in one request (Azure's are said to refuse more than 20 MB); on a fast line they grow, because
registries settle their disks at the end of each. Within a chunk the bytes are streamed: memory does not grow with it.
"""

import hashlib
import time
from collections.abc import Iterator

from azdacli.errors import RegistryError
from azdacli.events import Listener, Progress
from azdacli.oci.registry import failures
from azdacli.oci.registry.answer import Answer
from azdacli.oci.registry.chunks import Body, Pace, Slicer, arrived
from azdacli.oci.registry.limits import number
from azdacli.oci.registry.prefetch import ahead
from azdacli.oci.registry.resumables import Kept, Resumables
from azdacli.oci.registry.session import Session
from azdacli.oci.repository import Content

CHUNK = 16 << 20
LARGEST = 256 << 20
LONGEST_MINIMUM = 1 << 30
_PROGRESS = 1 << 16  # bytes; fewer are not progress that would justify going on for ever
_DEPTH = 4  # pieces of at most 1 MiB that are read ahead
_SMALL = 1 << 20  # sent with the closing request itself
_OK, _CREATED, _ACCEPTED, _NO_CONTENT = 200, 201, 202, 204
_BAD, _UNAUTHORIZED, _NOT_FOUND, _TOO_LARGE, _RANGE = 400, 401, 404, 413, 416

_MENDABLE = (failures.InterruptedTransferError, failures.LostUploadError, failures.WrongDigestError)


class Upload:
    """Stores one blob in one repository."""

    def __init__(self, repository: Session, content: Content, listener: Listener, resumables: Resumables) -> None:
        self._repository = repository
        self._registry = repository.registry.name
        self._content = content
        self._listener = listener
        self._resumables = resumables
        self._known = content.digest
        self._hash = hashlib.sha256()
        self._hashed = 0
        self._location = ""
        self._offset = 0
        self._sent = 0
        self._pace = Pace(CHUNK, repository.registry.largest_chunk or LARGEST)
        self._clean = True

    def run(self) -> str:
        """Send what is missing and return the digest of what is stored now.

        Raises:
            RegistryError: The registry refused, or stayed away; another run goes on from there.
        """
        with self._resumables.claim(self._repository.name, self._content.key) as kept:
            if not self._go_on(kept):
                self._begin(kept)
            digest = self._persist(kept)
            kept.forget()
        return digest

    def _persist(self, kept: Kept) -> str:
        transport = self._repository.transport
        failed, best = 0, self._offset
        while True:
            try:  # a try per attempt
                return self._send_rest(kept)
            except _MENDABLE as error:  # noqa: PERF203 # an attempt each
                progressed = self._offset >= best + _PROGRESS
                failed, best = (0, self._offset) if progressed else (failed + 1, best)
                if failed >= transport.patience.tries or (isinstance(error, failures.WrongDigestError) and self._clean):
                    raise
                transport.pause(failed, error)
                self._recover(error, kept)

    def _recover(self, error: RegistryError, kept: Kept) -> None:
        """Find out where the registry stands; start from the first byte when it does not know."""
        self._pace.failed()
        self._clean = self._clean and isinstance(error, failures.InterruptedTransferError)
        if isinstance(error, failures.InterruptedTransferError) and self._ask(self._location):
            return
        self._known = None if isinstance(error, failures.WrongDigestError) else self._known
        self._clean = True
        self._begin(kept)

    def _go_on(self, kept: Kept) -> bool:
        """Go on with an earlier run's upload; without the digest there would be no way to close it."""
        location = kept.location
        if location is None or self._known is None:
            return False
        self._sent = self._content.size
        self._clean = False
        try:
            return self._ask(self._repository.transport.resolve(location))
        except RegistryError:  # what was kept leads nowhere: the registry has moved, or the file is damaged
            return False

    def _begin(self, kept: Kept) -> None:
        response = self._repository.call("POST", self._repository.url("blobs/uploads/"))
        if response.status_code != _ACCEPTED or "Location" not in response.headers:
            raise failures.refused(self._registry, f"take a blob for {self._repository.name}", response)
        self._pace.at_least(self._smallest(response))
        self._offset = self._sent = 0
        self._moved(response, kept)

    def _smallest(self, response: Answer) -> int:
        """Read how long a chunk must be; RegistryError when nobody could send such chunks."""
        header = response.headers.get("OCI-Chunk-Min-Length")
        smallest = 0 if header is None else number(header)
        if smallest is None or smallest > LONGEST_MINIMUM:
            raise RegistryError(f"{self._registry} wants chunks of an absurd length", hint="No registry asks for that.")
        return smallest

    def _ask(self, location: str) -> bool:
        """Ask how much has arrived; False when the upload is gone or the answer cannot be true."""
        response = self._repository.call("GET", location)
        if response.status_code not in (_NO_CONTENT, _ACCEPTED, _OK):
            return False
        count = arrived(response)
        if count is None or count > self._sent:
            return False
        self._offset = count
        self._moved(response, None)
        return True

    def _send_rest(self, kept: Kept) -> str:
        if self._offset == 0 and self._known is not None and self._content.size <= _SMALL:
            return self._finish(b"".join(self._content.read(0)))
        while self._offset < self._content.size:
            pieces = ahead(self._digested(self._content.read(self._offset), self._offset), _DEPTH)
            try:
                self._send_in_order(Slicer(pieces), kept)
            finally:
                pieces.close()
        return self._finish(b"")

    def _send_in_order(self, slicer: Slicer, kept: Kept) -> None:
        """Send chunk after chunk for as long as the registry takes each one whole."""
        while self._offset < self._content.size:
            if self._repository.transport.over.is_set():
                raise failures.interrupted()
            length = min(self._pace.length, self._content.size - self._offset)
            end = self._offset + length
            self._sent = max(self._sent, end)
            started = time.monotonic()
            response = self._patch(Body(self._reported(slicer.take(length)), length), end)
            if not self._took(response, end, kept):
                return
            self._pace.went_well(length, time.monotonic() - started)

    def _took(self, response: Answer, end: int, kept: Kept) -> bool:
        """Note how much of a chunk arrived, and say whether that is all of it."""
        if response.status_code != _ACCEPTED:
            raise self._failure(response)
        count = arrived(response, default=end)
        if count is None or count > end:
            raise failures.LostUploadError(f"{self._registry} miscounted an upload of {self._repository.name}")
        if count < min(end, self._offset + _PROGRESS):
            raise failures.InterruptedTransferError(f"{self._registry} did not keep what it was sent")
        self._offset = count
        self._moved(response, kept)
        return count == end

    def _patch(self, body: Body, end: int) -> Answer:
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Length": str(len(body)),
            "Content-Range": f"{self._offset}-{end - 1}",
        }
        return self._repository.call("PATCH", self._location, headers=headers, data=body, once=True)

    def _finish(self, data: bytes) -> str:
        """Close the upload with its digest, which the registry checks."""
        digest = self._known or self._digest()
        url = f"{self._location}{'&' if '?' in self._location else '?'}digest={digest}"
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(len(data))}
        self._sent = max(self._sent, len(data))
        self._repository.count(len(data))
        response = self._repository.call("PUT", url, headers=headers, data=data, once=True)
        if response.status_code in (_CREATED, _NO_CONTENT):
            self._listener(self._news(self._content.size, "sent"))
            return digest
        if response.status_code != _UNAUTHORIZED and self._repository.has(digest):
            return digest  # an earlier attempt's answer was lost on the way
        raise self._failure(response)

    def _failure(self, response: Answer) -> RegistryError:
        status, code = response.status_code, failures.code(response)
        refused = failures.refused(self._registry, f"take a blob for {self._repository.name}", response)
        if code == "DIGEST_INVALID":
            return failures.WrongDigestError(
                str(refused), hint="A file may have changed meanwhile. Run the command again."
            )
        if status in (_UNAUTHORIZED, _RANGE) or (status == _TOO_LARGE and self._pace.has_grown):
            return failures.InterruptedTransferError(str(refused), hint=refused.hint)
        if status == _NOT_FOUND or (status == _BAD and code.startswith("BLOB_UPLOAD")):
            return failures.LostUploadError(str(refused), hint=refused.hint)
        return refused

    def _moved(self, response: Answer, kept: Kept | None) -> None:
        if "Location" in response.headers:
            transport = self._repository.transport
            self._location = transport.resolve(response.headers["Location"], base=response.url)
            if kept is not None and self._content.size > _SMALL:
                kept.save(self._location)

    def _digested(self, pieces: Iterator[bytes], position: int) -> Iterator[bytes]:
        """Digest what was not digested before; nothing is when the digest is known."""
        for piece in pieces:
            end = position + len(piece)
            if self._known is None and end > self._hashed:
                self._hash.update(memoryview(piece)[max(0, self._hashed - position) :])
                self._hashed = end
            position = end
            yield piece

    def _digest(self) -> str:
        if self._hashed < self._content.size:
            for _ in self._digested(self._content.read(self._hashed), self._hashed):
                pass
        return f"sha256:{self._hash.hexdigest()}"

    def _reported(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        done = self._offset
        for piece in pieces:
            yield piece
            done += len(piece)
            self._repository.count(len(piece))
            self._listener(self._news(done, "sending"))

    def _news(self, done: int, text: str) -> Progress:
        label = self._content.label or (self._known or "")[7:19]
        return Progress(text=text, item=label, done=done, total=self._content.size)
