"""The uploader's loop: files come in, blobs go out; what fails is tried again."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from azda_runtime.hub.kept_thread import KeptThread
from azda_runtime.log import limited, over
from azda_runtime.problems import InvalidValueError
from azda_runtime.supervisor.policy.backoff import Backoff
from azda_runtime.supervisor.state_file import StateFile
from azda_runtime.uploader.dropping import make_room
from azda_runtime.uploader.folder import Recording, whole_files
from azda_runtime.uploader.naming import Naming
from azda_runtime.uploader.opened import InUseError, Opened
from azda_runtime.uploader.progress import Progress
from azda_runtime.uploader.room import Room
from azda_runtime.uploader.store import FileError, ServiceError, Store, UploadError
from azda_runtime.uploader.transfer import Transfer

_log = logging.getLogger(__name__)

_LOOK_SECONDS = 2.0
_ROOM_SECONDS = 5.0
_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 300.0
# A file that alone cannot be uploaded is tried again after so long.
_SET_ASIDE_SECONDS = 600.0
_LINE_SECONDS = 3600.0
_SERVICE, _FILES, _FOLDER = "service", "files", "folder"


@dataclass(frozen=True, kw_only=True, slots=True)
class UploadOptions:
    """What is uploaded and how.

    Attributes:
        folder: Where recordings are.
        naming: What their blobs are called.
        parallel: How many blocks are sent at the same time.
        room: How much recordings may take.
        state: The folder of the state file.
        once: Whether it ends when all that is there is uploaded, or cannot be.
    """

    folder: Path
    naming: Naming
    parallel: int
    room: Room = field(default_factory=Room)
    state: Path
    once: bool = False


class Uploader:
    """Uploads one file after the other, the oldest first, each by several connections.

    Args:
        options: What and how.
        connect: Makes a connection to the container; reads the credentials again, which may have been renewed.
    """

    def __init__(self, options: UploadOptions, connect: Callable[[], Store]) -> None:
        self._options = options
        self._connect = connect
        self._store: Store | None = None
        self._stopping = threading.Event()
        self._progress = Progress()
        self._state = StateFile(options.state, lambda _state: None)
        self._backoff = Backoff(_FIRST_PAUSE, _LONGEST_PAUSE)
        self._aside: dict[Path, tuple[tuple[int, int, int, int], float]] = {}
        self._watch = KeptThread("the folder's room", self._watch_room)

    def stop(self) -> None:
        """Return from `run` after the block at hand; any thread and any signal handler may call this."""
        self._stopping.set()

    def run(self) -> bool:
        """Upload until `stop` is called; returns whether everything that was tried is uploaded."""
        self._watch.start()
        done = True
        while not self._stopping.is_set():
            try:
                done = self._pass()
                pause = _LOOK_SECONDS
            except ServiceError as error:
                done, pause = False, self._backoff.pause()
                self._say_why_not(error)
                self._disconnect()
            if self._options.once:
                break
            self._stopping.wait(pause)
        self._stopping.set()
        self._watch.end()
        self._watch.join(_ROOM_SECONDS)
        self._write_state()
        self._disconnect()
        return done

    def _pass(self) -> bool:
        """Upload all files that are there; whether none was left.

        Raises:
            ServiceError: Nothing can be uploaded now.
        """
        files = self._files()
        if files is None:
            return False
        count, size = len(files), sum(each.size for each in files)
        self._progress.waiting(count, size)
        for file in files:
            if self._stopping.is_set():
                return False
            if self._one(file):
                count, size = count - 1, size - file.size
                self._progress.waiting(count, size)
        if not self._aside:
            self._progress.works(_FILES)
        return not count

    def _files(self) -> list[Recording] | None:
        """The files that are whole; None where the folder cannot be read."""
        try:
            found = whole_files(self._options.folder, time.time())
        except OSError as error:
            folder = self._options.folder
            problem = f"The folder {folder} cannot be read: {error.strerror}."
            hint = "Mount the volume that the pipeline records into."
            self._progress.trouble(_FOLDER, problem, hint=hint)
            _log.error("%s", problem, extra={"hint": hint, **limited("folder", pause=_LINE_SECONDS)})
            return None
        self._progress.works(_FOLDER)
        self._aside = {path: held for path, held in self._aside.items() if held[1] > time.monotonic()}
        return found

    def _one(self, file: Recording) -> bool:
        """Upload a file, and delete it here; whether that went well."""
        if self._aside.get(file.path, (None,))[0] == file.identity:
            return False
        self._progress.begin(file.path)
        try:
            self._upload(file)
        except InUseError:
            return False
        except FileError as error:
            self._aside[file.path] = (file.identity, time.monotonic() + _SET_ASIDE_SECONDS)
            self._progress.trouble(_FILES, str(error), hint=error.hint)
            _log.error("%s", error, extra={"hint": error.hint})
            return False
        finally:
            self._progress.end(file.path)
        return True

    def _upload(self, file: Recording) -> None:
        store = self._connected()
        name = self._options.naming.name(file.path.name, file.pipeline, file.moment)
        begun = time.monotonic()
        transfer = Transfer(store, parallel=self._options.parallel)
        try:
            with closing(Opened(file)) as opened:
                stored = transfer.upload(opened, file.size, name)
                opened.delete()
        finally:
            transfer.close()
        self._progress.uploaded(file.size)
        self._answered()
        earlier = f", {file.size - stored.sent} bytes of them before" if stored.sent < file.size else ""
        seconds = time.monotonic() - begun
        _log.info("%s: %s bytes in %.1f s%s.", stored.name, file.size, seconds, earlier)

    def _connected(self) -> Store:
        if self._store is None:
            try:
                self._store = self._connect()
            except InvalidValueError as error:  # a secret's file that was renewed, and is wrong now
                raise ServiceError(str(error), hint=error.hint) from None
        return self._store

    def _disconnect(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None

    def _answered(self) -> None:
        self._backoff.reset()
        self._progress.works(_SERVICE)
        _log.info("The service takes recordings again.", extra=over("service"))

    def _say_why_not(self, error: UploadError) -> None:
        offline = isinstance(error, ServiceError) and error.offline
        self._progress.trouble(_SERVICE, str(error), hint=error.hint, normal=offline)
        level = logging.WARNING if offline else logging.ERROR
        text = "%s Recordings wait in the folder." if offline else "%s"
        _log.log(level, text, error, extra={"hint": error.hint, **limited("service", pause=_LINE_SECONDS)})

    def _watch_room(self) -> None:
        while not self._stopping.is_set():
            make_room(self._options.folder, self._options.room, self._progress)
            self._write_state()
            self._watch.works()
            self._stopping.wait(_ROOM_SECONDS)

    def _write_state(self) -> None:
        state = self._progress.state()
        self._state.update(state, time.monotonic())
