"""Fetching an archive: TLS verified, bounded in bytes and time, tried again where that may help."""

import hashlib
import ssl
import time
from collections.abc import Callable
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import BinaryIO
from urllib.error import HTTPError, URLError
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    UnknownHandler,
)

from azda_runtime.models.address import Moved, followed, shown
from azda_runtime.models.body import announced_length, pieces
from azda_runtime.models.errors import ModelError, PassingError
from azda_runtime.models.limits import Limits
from azda_runtime.models.progress import Progress, Report, too_large
from azda_runtime.models.space import check_space
from azda_runtime.settings import Archive

_PASSING = {408, 425, 429, 500, 502, 503, 504}
_MOVED = {301, 302, 303, 307, 308}
_MOST_MOVES = 10
_FIRST_PAUSE = 1.0


def download(  # noqa: PLR0913 # what and where, then how long and how
    archive: Archive,
    path: Path,
    *,
    limits: Limits,
    trust: ssl.SSLContext | None = None,
    sleep: Callable[[float], None] = time.sleep,
    report: Report = lambda _attempt, _arrived: None,
) -> str:
    """Fetch an archive into a file.

    Args:
        archive: Its address and, when known, its digest.
        path: The file to write; its folder exists.
        limits: Bounds of size and time.
        trust: Which authorities are trusted; default: the system's.
        sleep: Waits between attempts.
        report: Gets the attempt's number and how many bytes of it have arrived, about each second.

    Returns:
        The sha256 of the file.

    Raises:
        ModelError: It could not be had within the limits, or its digest is another.
    """
    opener = _opener(trust)
    progress = Progress(path.parent, limits, report)
    pause = _FIRST_PAUSE
    while True:
        progress.check()
        progress.begin()
        try:
            return _checked(archive, _attempt(opener, archive.url, path, limits, progress))
        except PassingError as error:
            if progress.attempt >= limits.attempts:
                raise ModelError(
                    f"{shown(archive.url)} could not be fetched in {progress.attempt} attempts: {error}.",
                    hint="Check the address and the device's way to it.",
                    passing=True,
                ) from error
        sleep(pause)
        pause *= 2


def _opener(trust: ssl.SSLContext | None) -> OpenerDirector:
    # Not urllib's own, which also opens file:// and ftp://, and which reads a redirect's body whatever its size.
    opener = OpenerDirector()
    context = trust or ssl.create_default_context()
    for handler in (
        ProxyHandler(),
        UnknownHandler(),
        HTTPHandler(),
        HTTPSHandler(context=context),
        HTTPDefaultErrorHandler(),
        HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


def _attempt(opener: OpenerDirector, url: str, path: Path, limits: Limits, progress: Progress) -> str:
    for _ in range(_MOST_MOVES):
        outcome = _asked(opener, url, path, limits, progress)
        if isinstance(outcome, str):
            return outcome
        url = followed(url, outcome)
    raise ModelError(f"{shown(url)} redirects again and again.", hint="Give the archive's own address.")


def _asked(opener: OpenerDirector, url: str, path: Path, limits: Limits, progress: Progress) -> str | Moved:
    try:
        with opener.open(Request(url), timeout=limits.silence) as response:  # noqa: S310 # the opener knows http(s) alone
            return _received(response, path, limits, progress)
    except HTTPError as error:
        error.close()
        if error.code in _MOVED:
            return Moved(location=error.headers.get("Location", ""))
        if error.code in _PASSING:
            raise PassingError(f"the server answered {error.code}") from error
        raise ModelError(
            f"{shown(url)} is refused by its server: {error.code}.", hint="Check the address and its access token."
        ) from error
    except ssl.SSLCertVerificationError as error:
        raise _untrusted(url, error) from error
    except URLError as error:
        if isinstance(error.reason, ssl.SSLCertVerificationError):
            raise _untrusted(url, error.reason) from error
        raise PassingError(str(error.reason)) from error
    except (HTTPException, OSError) as error:
        raise PassingError(f"{type(error).__name__}: {str(error)[:200]}") from error
    except (ValueError, OverflowError) as error:  # neither urllib nor the system can take it
        raise ModelError(
            f"{shown(url)} is not an address of the web.", hint="Give the archive's https address."
        ) from error


def _untrusted(url: str, error: ssl.SSLCertVerificationError) -> ModelError:
    return ModelError(
        f"The server of {shown(url)} is not believed: {error.verify_message}.",
        hint="Check the address, the device's clock and the image's authorities.",
    )


def _received(response: HTTPResponse, path: Path, limits: Limits, progress: Progress) -> str:
    announced = announced_length(response)
    if announced is not None:
        if announced > limits.download:
            raise too_large(limits)
        check_space(path.parent, size=announced, files=1, limits=limits)
    digest, size = hashlib.sha256(), 0
    with _opened(path) as file:
        for piece in pieces(response, progress.count):
            size += len(piece)  # what gzip makes of it counts, too
            if size > limits.download:
                raise too_large(limits)
            digest.update(piece)
            _write(file, piece)
    return digest.hexdigest()


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("wb")
    except OSError as error:
        raise _unwritable(error) from error


def _write(file: BinaryIO, piece: bytes) -> None:
    try:
        file.write(piece)
    except OSError as error:
        raise _unwritable(error) from error


def _unwritable(error: OSError) -> ModelError:
    return ModelError(f"The archive cannot be written: {error.strerror}.", hint="Make room on the device's disk.")


def _checked(archive: Archive, digest: str) -> str:
    if archive.sha256 is not None and digest != archive.sha256:
        raise ModelError(
            f"{shown(archive.url)} is not the archive that was meant: its sha256 is {digest}.",
            hint="Check the file, then its digest in unsecureZipSha256.",
        )
    return digest
