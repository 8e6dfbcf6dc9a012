"""Makes the calls to IoT Hub that deploy, with an Entra ID token."""

import contextlib
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import requests
from requests.auth import AuthBase

from azdacli.edge.hub_call import Call
from azdacli.errors import DeployError
from azdacli.manifest.checks import secrets
from azdacli.manifest.view import View
from azdacli.oci.registry import limits
from azdacli.oci.registry.answer import Answer, Arriving
from azdacli.oci.registry.transport import session
from dsconfig import redaction

_SECONDS = (10, 60)
_LONGEST_ANSWER = 300
PACE = limits.Pace()
_NO_ANSWER: tuple[type[Exception], ...] = (requests.exceptions.RequestException, *limits.BROKEN_OFF, OSError)

# Gets a token for a scope.
TokenSource = Callable[[str], str]
_UNAUTHORIZED = 401


class Bearer(AuthBase):
    """Sets the token on the request itself, so that no .netrc takes its place."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Set the header."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


def deploy(call: Call, *, token: TokenSource, ca_bundle: Path | None = None, pace: limits.Pace = PACE) -> None:
    """Make the call. It is made once: a repeated call is harmless, but nobody should wait for minutes in silence.

    Args:
        call: The call.
        token: Gets the Entra ID token.
        ca_bundle: Certificates to trust besides the usual ones, for networks that open TLS.
        pace: How slowly the answer may come.

    Raises:
        SpecError: The certificates cannot be used.
        DeployError: The hub is away or refused. Neither token nor manifest is in the message.
    """
    bearer = token(call.scope)
    with session(ca_bundle, pace) as connection, translated(call.hub):
        answer = Arriving(
            connection.request(
                call.METHOD,
                call.url,
                json=call.body,
                headers=call.headers,
                auth=Bearer(bearer),
                timeout=_SECONDS,
                allow_redirects=False,
                stream=True,
            )
        ).whole()
    if answer.status_code not in call.DONE:
        raise refusal(call, answer, bearer)


@contextlib.contextmanager
def translated(hub: str) -> Iterator[None]:
    """Make errors of ours of those that a hub that is away causes."""
    try:
        yield
    except requests.exceptions.SSLError as error:
        raise DeployError(
            f"the certificate of {hub} is not trusted",
            hint="Behind a proxy that opens TLS, name its certificates with --ca-bundle.",
        ) from error
    except limits.LimitError as error:
        raise DeployError(f"{hub} {error}", hint="Check the hub's name: this is not how an IoT hub answers.") from error
    except _NO_ANSWER as error:
        raise DeployError(
            f"no answer from {hub} ({type(error).__name__})", hint="Check the hub's name and the network."
        ) from error


def entra_token(scope: str) -> str:
    """Get a token with whatever the environment offers: `az login`, a service principal, a managed identity.

    Raises:
        DeployError: Nobody is logged in.
    """
    from azure.core.exceptions import AzureError  # slow to import, and only a real call needs it
    from azure.identity import DefaultAzureCredential

    # Its log would name every way that was tried, on stderr, beside our one sentence.
    logging.getLogger("azure").addHandler(logging.NullHandler())
    try:
        with DefaultAzureCredential() as credential:
            return credential.get_token(scope).token
    except AzureError as error:
        raise DeployError(
            "there is no Entra ID login that IoT Hub would accept",
            hint="Run `az login`, or set AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET.",
        ) from error


def refusal(call: Call, answer: Answer, bearer: str, *, doing: str = "let you deploy") -> DeployError:
    """Make the error of a hub's answer; its text never repeats the token nor a secret of the manifest."""
    what, hint = call.refusals.get(answer.status_code, (f"answered {answer.status_code}", ""))
    what = what.replace("let you deploy", doing)
    said = _shortened(redaction.redacted(_message(answer), {bearer, *secrets.values(View(document=call.content))}))
    about = f" {call.about}" if answer.status_code != _UNAUTHORIZED else ""
    return DeployError(f"{call.hub} {what}{about}{f': {said}' if said else ''}", hint=hint or None)


def _message(answer: Answer) -> str:
    """The hub's own sentence, in one line."""
    try:
        body = answer.json()
        said = body.get("Message") or body.get("message") or "" if isinstance(body, dict) else ""
    except ValueError:
        said = answer.content.decode(errors="replace")
    return " ".join(str(said).split())


def _shortened(said: str) -> str:
    """Short enough for a sentence; a secret is out of it by now, for half of one would not be known again."""
    return said[:_LONGEST_ANSWER]
