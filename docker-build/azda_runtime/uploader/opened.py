"""A recording that is opened for reading: nobody writes it any more, and it stays the same while it is sent."""

import errno
import fcntl
import os

from azda_runtime.uploader.folder import Recording, identity_of
from azda_runtime.uploader.store import FileError


class InUseError(Exception):
    """Somebody writes the file, or has taken it away; it is looked at again later."""


class Opened:
    """A file whose lock we hold, as whoever else uploads or still writes recordings does.

    Args:
        recording: The file.

    Raises:
        InUseError: It is locked, gone, or another one by now.
        FileError: It cannot be read.
    """

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        try:
            self._handle = os.open(recording.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            raise InUseError from None
        except OSError as error:
            raise _unreadable(recording, error) from None
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.check()
        except OSError as error:
            os.close(self._handle)
            if error.errno in {errno.EWOULDBLOCK, errno.EACCES}:
                raise InUseError from None
            raise _unreadable(recording, error) from None
        except InUseError:
            os.close(self._handle)
            raise

    def close(self) -> None:
        """Let go of it."""
        os.close(self._handle)

    def check(self) -> None:
        """Make sure that it is still what it was.

        Raises:
            InUseError: It has changed.
        """
        if identity_of(os.fstat(self._handle)) != self._recording.identity:
            raise InUseError

    def read(self, start: int, count: int) -> bytes:
        """So many bytes of it.

        Raises:
            InUseError: It has become shorter.
            FileError: It cannot be read.
        """
        parts: list[bytes] = []
        try:
            while count:
                part = os.pread(self._handle, count, start)
                if not part:
                    raise InUseError
                parts.append(part)
                start, count = start + len(part), count - len(part)
        except OSError as error:
            raise _unreadable(self._recording, error) from None
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def delete(self) -> None:
        """Remove the name of these bytes; not that of a file that has taken it since.

        Raises:
            FileError: The folder does not let us.
        """
        path = self._recording.path
        try:
            if identity_of(path.stat(follow_symlinks=False)) == self._recording.identity:
                path.unlink()
        except FileNotFoundError:
            pass
        except OSError as error:
            hint = f"Make {path.parent} writable for the user of this process ({os.geteuid()}:{os.getegid()})."
            why = f"{path.name} is uploaded, and cannot be deleted here: {error.strerror}."
            raise FileError(why, hint=hint) from None


def _unreadable(recording: Recording, error: OSError) -> FileError:
    hint = f"Make it readable for the user of this process ({os.geteuid()}:{os.getegid()})."
    return FileError(f"{recording.path.name} cannot be read: {error.strerror}.", hint=hint)
