"""What goes wrong between us and a registry, worded so that a user can act; every foreign exception ends here."""

import contextlib
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import requests
import urllib3

from azdacli.errors import RegistryError
from azdacli.oci.registry import limits
from azdacli.oci.registry.answer import Answer
from azdacli.util.one_line import on_one_line

# What a server says when it may be well again in a moment (RFC 9110 for 408, RFC 6585 for 429).
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND, _TOO_MANY = 401, 403, 404, 429
_AGAIN = "Run the same command again when it is back: what has arrived is not sent again."
_ENOUGH = 300
_LONGEST_DATE = 64
_NO_REGISTRY = "Check the host: this is not how a registry answers."
_NO_HOST = "no such host"


class InterruptedTransferError(RegistryError):
    """The connection broke, or the registry is away for a moment: worth another try.

    Args:
        message: One sentence.
        hint: What to do when all tries have failed.
        asked: Seconds that the registry wants us to wait before the next try; None when it said nothing.
    """

    def __init__(self, message: str, *, hint: str | None = None, asked: float | None = None) -> None:
        super().__init__(message, hint=hint)
        self.asked = asked


class NoTlsError(RegistryError):
    """The host answers, and not with TLS."""


class LostUploadError(RegistryError):
    """The registry no longer knows the upload that we want to go on with."""


class WrongDigestError(RegistryError):
    """The registry counted another digest than we sent."""


@contextlib.contextmanager
def translated(registry: str) -> Iterator[None]:
    """Turn what the HTTP library raises into what our users understand."""
    try:
        yield
    except limits.LimitError as error:
        raise RegistryError(f"{registry} {error}", hint=_NO_REGISTRY) from error
    except limits.SlowAnswerError as error:
        raise InterruptedTransferError(f"{registry} answers too slowly", hint=_AGAIN) from error
    except requests.exceptions.SSLError as error:
        if "certificate" not in str(error).lower():
            raise NoTlsError(
                f"{registry} does not speak TLS", hint="Use --insecure only on a network that you trust."
            ) from error
        raise RegistryError(
            f"{registry} shows a certificate that is not trusted here",
            hint="Give your company's certificates with --ca-bundle FILE (PEM).",
        ) from error
    except requests.exceptions.ProxyError as error:
        raise InterruptedTransferError(f"the proxy to {registry} does not answer", hint="Check HTTPS_PROXY.") from error
    except (requests.exceptions.Timeout, urllib3.exceptions.TimeoutError, TimeoutError) as error:
        raise InterruptedTransferError(f"{registry} stopped answering", hint=_AGAIN) from error
    except (
        requests.exceptions.InvalidURL,
        requests.exceptions.InvalidSchema,
        urllib3.exceptions.LocationValueError,
    ) as error:
        raise RegistryError(f"{registry} redirected to an invalid address") from error
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        if _reason(error) == _NO_HOST:
            raise RegistryError(
                f"there is no host {registry}", hint="Check the registry's name, and that this machine is online."
            ) from error
        raise InterruptedTransferError(f"{registry} does not answer: {_reason(error)}", hint=_AGAIN) from error


def interrupted() -> RegistryError:
    """Make the error of a run that a user ends."""
    return RegistryError("interrupted", hint="Run the same command again: it goes on from here.")


def refused(registry: str, doing: str, response: Answer) -> RegistryError:
    """Make the error of an answer that is not what we need; its text never repeats what we sent."""
    status, said = response.status_code, _said(response)
    sentence = f"{registry} refused to {doing} ({status}{': ' + said if said else ''})"
    if status in PASSING:
        hint = "It limits the rate of requests; wait a moment." if status == _TOO_MANY else _AGAIN
        return InterruptedTransferError(sentence, hint=hint, asked=retry_after(response))
    hints = {
        _UNAUTHORIZED: "Log in: `docker login`, --username with a password, or --auth entra after `az login`.",
        _FORBIDDEN: "Ask for the right to pull and push there (AcrPush in Azure), or choose another --auth.",
        _NOT_FOUND: "Check the name; some registries want the repository to be made first.",
    }
    return RegistryError(sentence, hint=hints.get(status))


def retry_after(response: Answer) -> float | None:
    """Read Retry-After, which is a number of seconds or a date (RFC 9110, 10.2.3)."""
    header = response.headers.get("Retry-After", "")
    seconds = limits.number(header)
    if seconds is not None:
        return float(seconds)
    try:
        return max(0.0, parsedate_to_datetime(header[:_LONGEST_DATE]).timestamp() - time.time())
    except (ValueError, TypeError, IndexError, OverflowError):  # what the standard library makes of strange dates
        return None


def code(response: Answer) -> str:
    """Read the distribution specification's error code (`BLOB_UNKNOWN`) of an answer; empty when there is none."""
    return str(_first(response).get("code", ""))[:_ENOUGH]


def _said(response: Answer) -> str:
    error = _first(response)
    return on_one_line(" ".join(str(error.get(name, "")) for name in ("code", "message")).strip(), _ENOUGH)


def _first(response: Answer) -> dict[str, Any]:
    try:
        errors = response.json()["errors"]
    except (ValueError, KeyError, TypeError):
        return {}
    return errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}


def _reason(error: BaseException) -> str:
    """Name the innermost cause, without addresses that may hold a state or a signature."""
    text = str(error).lower()
    for words, reason in (
        (("refused",), "connection refused"),
        (("resolve", "name or service", "getaddrinfo"), _NO_HOST),
        (("reset", "broken pipe", "aborted", "eof", "without response", "incompleteread"), "the connection was cut"),
        (("timed out",), "it stopped answering"),
        (("unreachable", "no route"), "the network is unreachable"),
    ):
        if any(word in text for word in words):
            return reason
    return type(error).__name__
