"""Fetching an archive: TLS verified, bounded in bytes and time, tried again where that may help."""

import hashlib
import ssl
import time
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    UnknownHandler,
)

from azda_runtime.models.errors import ModelError
from azda_runtime.models.limits import Limits
from azda_runtime.settings import Archive

_CHUNK = 256 * 1024
_PASSING = {408, 425, 429, 500, 502, 503, 504}
_FIRST_PAUSE = 1.0


class _PassingError(Exception):
    """An attempt failed in a way that another may not."""


class _Patience:
    """Ends a download that takes too long, or that nobody wants any more."""

    def __init__(self, seconds: float, unwanted: Callable[[], bool]) -> None:
        self._seconds = seconds
        self._end = time.monotonic() + seconds
        self._unwanted = unwanted

    def check(self) -> None:
        if self._unwanted():
            raise ModelError("The download was given up: another configuration came.", hint="")
        if time.monotonic() > self._end:
            raise ModelError(
                f"The archive was not there after {self._seconds:g} seconds.",
                hint="Bring it nearer to the device.",
                passing=True,
            )


class _Redirects(HTTPRedirectHandler):
    """Follows redirects, but never from https to a connection that anybody can change."""

    def redirect_request(  # noqa: PLR0913, PLR0917 # the signature is urllib's
        self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Request | None:
        if req.type == "https" and urlsplit(newurl).scheme != "https":
            fp.close()
            raise ModelError(
                f"{shown(req.full_url)} redirects to a connection without TLS.",
                hint="Give the archive's own https address.",
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def download(  # noqa: PLR0913 # what and where, then how long and how
    archive: Archive,
    path: Path,
    *,
    limits: Limits,
    trust: ssl.SSLContext | None = None,
    sleep: Callable[[float], None] = time.sleep,
    unwanted: Callable[[], bool] = lambda: False,
) -> str:
    """Fetch an archive into a file.

    Args:
        archive: Its address and, when known, its digest.
        path: The file to write; its folder exists.
        limits: Bounds of size and time.
        trust: Which authorities are believed; the system's when it is None.
        sleep: Waits between attempts.
        unwanted: Whether nobody wants the archive any more.

    Returns:
        The sha256 of the file.

    Raises:
        ModelError: It could not be had within the limits, or its digest is another.
    """
    opener = _opener(trust)
    patience = _Patience(limits.patience, unwanted)
    pause = _FIRST_PAUSE
    failures = 0
    while True:
        patience.check()
        outcome = _tried(opener, archive.url, path, limits, patience)
        if isinstance(outcome, str):
            return _checked(archive, outcome)
        failures += 1
        if failures >= limits.attempts:
            raise ModelError(
                f"{shown(archive.url)} could not be fetched in {failures} attempts: {outcome}.",
                hint="Check the address and the device's way to it.",
                passing=True,
            ) from outcome
        sleep(pause)
        pause *= 2


def shown(url: str) -> str:
    """An address without what may be secret in it: user, query and fragment."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"


def _opener(trust: ssl.SSLContext | None) -> OpenerDirector:
    opener = OpenerDirector()  # not urllib's own, which also opens file:// and ftp://
    context = trust or ssl.create_default_context()
    for handler in (
        ProxyHandler(),
        UnknownHandler(),
        HTTPHandler(),
        HTTPSHandler(context=context),
        HTTPDefaultErrorHandler(),
        _Redirects(),
        HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


def _tried(opener: OpenerDirector, url: str, path: Path, limits: Limits, patience: _Patience) -> str | _PassingError:
    try:
        return _attempt(opener, url, path, limits, patience)
    except _PassingError as error:
        return error


def _attempt(opener: OpenerDirector, url: str, path: Path, limits: Limits, patience: _Patience) -> str:
    try:
        with opener.open(Request(url), timeout=limits.silence) as response:  # noqa: S310 # the opener knows http(s) alone
            return _received(response, path, limits, patience)
    except HTTPError as error:
        error.close()
        if error.code in _PASSING:
            raise _PassingError(f"the server answered {error.code}") from error
        raise ModelError(
            f"{shown(url)} is refused by its server: {error.code}.", hint="Check the address and its access token."
        ) from error
    except ssl.SSLCertVerificationError as error:
        raise _untrusted(url, error) from error
    except URLError as error:
        if isinstance(error.reason, ssl.SSLCertVerificationError):
            raise _untrusted(url, error.reason) from error
        raise _PassingError(str(error.reason)) from error
    except (HTTPException, ConnectionError, TimeoutError, ssl.SSLError) as error:
        raise _PassingError(f"{type(error).__name__}: {error}") from error


def _untrusted(url: str, error: ssl.SSLCertVerificationError) -> ModelError:
    return ModelError(
        f"The server of {shown(url)} is not believed: {error.verify_message}.",
        hint="Check the address, the device's clock and the image's authorities.",
    )


def _received(response: Any, path: Path, limits: Limits, patience: _Patience) -> str:
    length = response.headers.get("Content-Length", "")
    announced = int(length) if length.isdecimal() else None
    if announced is not None and announced > limits.download:
        raise _too_large(limits)
    digest, count = hashlib.sha256(), 0
    with path.open("wb") as file:
        while chunk := response.read(_CHUNK):
            count += len(chunk)
            if count > limits.download:
                raise _too_large(limits)
            patience.check()
            digest.update(chunk)
            _write(file, chunk)
    if announced is not None and count != announced:
        raise _PassingError(f"{count} of {announced} bytes arrived")
    return digest.hexdigest()


def _write(file: Any, chunk: bytes) -> None:
    try:
        file.write(chunk)
    except OSError as error:
        raise ModelError(
            f"The archive cannot be written: {error.strerror}.", hint="Make room on the device's disk."
        ) from error


def _too_large(limits: Limits) -> ModelError:
    return ModelError(
        f"The archive is larger than {limits.download} bytes.", hint="Leave out what the model does not need."
    )


def _checked(archive: Archive, digest: str) -> str:
    if archive.sha256 is not None and digest != archive.sha256:
        raise ModelError(
            f"{shown(archive.url)} is not the archive that was meant: its sha256 is {digest}.",
            hint="Check the file, then its digest in unsecureZipSha256.",
        )
    return digest
