"""What a registry wants to see before it answers: nothing, a password, or a token for a scope.

The challenge is that of RFC 7235; the token service that of the distribution project (docs/content/spec/auth), with
Azure's refresh tokens.
"""

import base64
import binascii
import re
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests

from azdacli.errors import RegistryError
from azdacli.oci.credential import Credential, is_azure
from azdacli.oci.registry import failures
from azdacli.oci.registry.answer import Answer
from azdacli.oci.registry.transport import Transport
from azdacli.util import json_text
from azdacli.util.one_line import on_one_line

_PARAMETER = re.compile(r'(?<![A-Za-z_])([A-Za-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))')
_LONGEST_CHALLENGE = 8 << 10
_TOKEN = re.compile(r"[\x21-\x7e]{1,65536}")  # what a header can carry; RFC 6750 allows less
_DEFAULT_LIFE = 60.0  # seconds, when the service says nothing (the specification's default)
_LONGEST_LIFE = 365 * 24 * 3600.0
_MARGIN = 10.0  # a token with less life than this is renewed before it is used
_OK, _UNAUTHORIZED = 200, 401


@dataclass(frozen=True, kw_only=True, slots=True)
class Challenge:
    """A registry's answer to a request without credentials."""

    scheme: str
    parameters: Mapping[str, str]

    @classmethod
    def parse(cls, header: str) -> "Challenge | None":
        """Read a WWW-Authenticate header, preferring Bearer where there are several; None when it is none we know."""
        if len(header) > _LONGEST_CHALLENGE:
            return None
        found = {}
        for scheme, rest in re.findall(r"(?i)\b(bearer|basic)\b(?=\s|$)(.*?)(?=,\s*(?:bearer|basic)\b\s|$)", header):
            values = {name.lower(): quoted or bare for name, quoted, bare in _PARAMETER.findall(rest)}
            found[scheme.lower()] = cls(scheme=scheme.lower(), parameters=values)
        return found.get("bearer") or found.get("basic")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Token:
    text: str
    until: float


class Authenticator:
    """Gives each request to one registry its Authorization header; a token is kept until shortly before it ends.

    A login that has ended is renewed where it can renew itself (Entra ID's).

    Raises:
        MisdirectedCredentialError: The login was given for another registry.
    """

    def __init__(self, transport: Transport, login: Credential | None) -> None:
        if login is not None:
            login.password_for(transport.registry)  # refused here, before anything is sent
        self._transport = transport
        self._login = login
        self._lock = threading.Lock()
        self._challenge: Challenge | None = None
        self._asked = False
        self._tokens: dict[str, _Token] = {}
        self._elsewhere = ""

    @property
    def login(self) -> Credential | None:
        """Who we are to the registry."""
        return self._login

    def header(self, repository: str, scopes: tuple[str, ...]) -> dict[str, str]:
        """Make the header for some scopes (`repository:pose:pull,push`); empty when the registry wants none.

        Raises:
            RegistryError: The registry or its token service is away, or refuses us.
        """
        with self._lock:
            if not self._asked:
                self._ask()
            if self._challenge is None:
                return {}
            if self._challenge.scheme == "basic":
                return self._basic(repository)
            key = " ".join(scopes)
            token = self._tokens.get(key)
            if token is None or token.until - _MARGIN < time.monotonic():
                token = self._tokens[key] = self._fetch(self._challenge, repository, scopes)
            return {"Authorization": f"Bearer {token.text}"}

    def rejected(self, scopes: tuple[str, ...], header: Mapping[str, str], answered: Mapping[str, str]) -> None:
        """Note that a registry did not take a header, so that the next one is new."""
        challenge = Challenge.parse(answered.get("WWW-Authenticate", ""))
        with self._lock:
            self._asked, self._challenge = True, challenge or self._challenge
            token = self._tokens.get(" ".join(scopes))
            if token is not None and header.get("Authorization") == f"Bearer {token.text}":
                del self._tokens[" ".join(scopes)]

    def _ask(self) -> None:
        url = self._transport.resolve("/v2/")
        response = self._transport.patiently(lambda: self._transport.send("GET", url), "answer")
        self._asked = True
        if response.status_code == _UNAUTHORIZED:
            self._challenge = Challenge.parse(response.headers.get("WWW-Authenticate", ""))
            if self._challenge is None:
                raise RegistryError(f"{self._transport.registry} requires an unknown kind of login")
        elif response.status_code != _OK:
            raise RegistryError(
                f"{self._transport.registry} does not answer as a registry ({response.status_code} for /v2/)",
                hint="Check the host; for Azure it is NAME.azurecr.io.",
            )

    def _basic(self, repository: str) -> dict[str, str]:
        if self._login is None:
            return {}
        password = self._login.password_for(self._transport.registry, repository)
        pair = f"{self._login.username}:{password}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}

    def _fetch(self, challenge: Challenge, repository: str, scopes: tuple[str, ...]) -> _Token:
        realm, service = challenge.parameters.get("realm"), challenge.parameters.get("service", "")
        if not realm:
            raise RegistryError(f"{self._transport.registry} requires a token and does not name its token service")
        url = self._transport.resolve(realm)
        self._check_realm(url)
        asked = time.monotonic()

        def attempt() -> Answer:
            if self._login is not None and self._login.is_token:
                password = self._login.password_for(self._transport.registry, repository)
                form = {"grant_type": "refresh_token", "service": service, "scope": " ".join(scopes)}
                return self._transport.send("POST", url, data={**form, "refresh_token": password})
            query = requests.models.PreparedRequest()
            query.prepare_url(url, [("service", service), *(("scope", scope) for scope in scopes)])
            return self._transport.send("GET", str(query.url), headers=self._basic(repository))

        response = self._transport.patiently(attempt, "give a token")
        if response.status_code == _UNAUTHORIZED and self._login is not None and self._login.renew is not None:
            self._login = self._login.renew()
            response = self._transport.patiently(attempt, "give a token")
        if response.status_code != _OK:
            raise failures.refused(self._transport.registry, "let us in", response)
        return _token(response, asked, self._transport.registry)

    def _check_realm(self, url: str) -> None:
        """Look where our login would go: a registry's token service may be another host, and the user is to know it.

        Raises:
            RegistryError: It would leave one of Azure's registries, which are their own token services, or go over the
                network without TLS.
        """
        if self._login is None or self._transport.is_own(url):
            return
        registry, host = self._transport.registry, urlsplit(url).netloc.rpartition("@")[2]
        if is_azure(registry):
            raise RegistryError(
                f"{registry} requests that its login be sent to another host ({on_one_line(host)})",
                hint="Azure's never do, so nothing was sent. Check the registry's name, and the proxy to it.",
            )
        if not url.startswith("https:") and not self._transport.takes_plain(host):
            raise RegistryError(
                f"{registry} requests that its login be sent without TLS to {on_one_line(host)}",
                hint="Nothing was sent there. Use --insecure only on a network that you trust.",
            )
        if self._elsewhere != host:
            self._elsewhere = host
            self._transport.notify(f"{registry} delegates its logins to {on_one_line(host)}: the login goes there")


def _token(response: Answer, asked: float, registry: str) -> _Token:
    try:
        answer = response.json()
        text = answer.get("access_token") or answer["token"]
        life = float(answer.get("expires_in") or _life(text))
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        text = None
    if not isinstance(text, str) or not _TOKEN.fullmatch(text):
        raise RegistryError(f"the token service of {registry} answered without a token")
    return _Token(text=text, until=asked + min(life, _LONGEST_LIFE))


def _life(token: str) -> float:
    """Read how many seconds a JWT lives from its own claims; Azure's service does not say it otherwise."""
    try:
        part = token.split(".")[1]
        claims = json_text.read_object(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        return float(claims["exp"]) - time.time()
    except (IndexError, KeyError, TypeError, ValueError, OverflowError, binascii.Error):
        return _DEFAULT_LIFE
