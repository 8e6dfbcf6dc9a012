"""A token service as Azure Container Registry runs one: RS256 tokens that a real registry checks by our certificate.

It serves what ACR documents: `GET /oauth2/token` with Basic credentials, `POST /oauth2/token` with a password or a
refresh token, and `POST /oauth2/exchange`, which turns an Entra token into a refresh token.
"""

import base64
import datetime as dt
import json
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from support.relay import Answer

ISSUER = "azdacli's tests"
NULL_GUID = "00000000-0000-0000-0000-000000000000"
TENANT = "11111111-2222-3333-4444-555555555555"
ENTRA_AUDIENCE = "https://containerregistry.azure.net"
# The registry forgives a minute of clock difference after a token's end, so ours end a minute before they say.
LEEWAY = 60


@dataclass(slots=True)
class TokenService:
    """Issues and checks tokens for one registry.

    Attributes:
        service: The registry's name, host:port.
        users: Who may log in with a password.
        granted: What a token may allow; `{"pull"}` makes everybody a reader.
        lifetime: Seconds that an access token serves.
        refresh_lifetime: Seconds that a refresh token serves.
        issued: How many access tokens were issued.
    """

    service: str
    users: dict[str, str]
    granted: set[str] = field(default_factory=lambda: {"pull", "push", "delete", "*"})
    lifetime: float = 3600
    refresh_lifetime: float = 10800
    issued: int = 0
    _key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    _certificate: x509.Certificate = field(init=False)

    def __post_init__(self) -> None:
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "azdacli tests")])
        now = dt.datetime.now(dt.timezone.utc)
        self._certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=2))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    def write_certificate(self, path: Path) -> None:
        """Write what the registry trusts."""
        path.write_bytes(self._certificate.public_bytes(serialization.Encoding.PEM))

    def entra_token(self, *, lifetime: float = 3600) -> str:
        """Make a token as azure-identity would bring it from Entra ID."""
        return self._sign({"aud": ENTRA_AUDIENCE, "tid": TENANT, "grant_type": "entra"}, lifetime)

    def refresh_token(self, *, lifetime: float | None = None) -> str:
        """Make a refresh token, which serves as the password of the null GUID too."""
        seconds = self.refresh_lifetime if lifetime is None else lifetime
        return self._sign({"aud": self.service, "grant_type": "refresh_token", "tenant": TENANT}, seconds)

    def allows(self, token: str, name: str, action: str) -> bool:
        """Whether an access token of ours allows an action on a repository; an empty name asks for any valid token."""
        try:
            claims = jwt.decode(
                token, self._key.public_key(), algorithms=["RS256"], audience=self.service, leeway=LEEWAY
            )
        except jwt.InvalidTokenError:
            return False
        granted = [entry["actions"] for entry in claims.get("access", []) if entry["name"] == name]
        return not name or any(action in actions for actions in granted)

    def answer(self, method: str, path: str, headers: Any, body: bytes) -> Answer:
        """Serve one request under /oauth2/."""
        where = urlsplit(path)
        form = parse_qs(body.decode() if method == "POST" else where.query)
        if where.path == "/oauth2/exchange" and method == "POST":
            return self._exchange(form)
        if where.path != "/oauth2/token" or method not in {"GET", "POST"}:
            return _refuse(404, "NOT_FOUND", f"no {where.path} here")
        if form.get("service") != [self.service]:
            return _refuse(400, "UNSUPPORTED", f"service is not {self.service}")
        allowed = self._by_basic(headers.get("Authorization", "")) if method == "GET" else self._by_form(form)
        if not allowed:
            return _refuse(401, "UNAUTHORIZED", "authentication required")
        scopes = [scope for line in form.get("scope", []) for scope in line.split(" ")]
        token = self._sign(
            {"aud": self.service, "sub": "tests", "access": [self._access(scope) for scope in scopes if scope]},
            self.lifetime - LEEWAY,
        )
        self.issued += 1
        return _json(200, {"access_token": token, "token": token, "expires_in": max(1, int(self.lifetime))})

    def _exchange(self, form: dict[str, list[str]]) -> Answer:
        if form.get("grant_type") != ["access_token"] or form.get("service") != [self.service]:
            return _refuse(400, "UNSUPPORTED", "grant_type must be access_token, service the registry")
        if not self._valid(form.get("access_token", [""])[0], "entra", ENTRA_AUDIENCE):
            return _refuse(401, "UNAUTHORIZED", "the Entra token is not valid")
        return _json(200, {"refresh_token": self.refresh_token()})

    def _by_basic(self, header: str) -> bool:
        scheme, _, value = header.partition(" ")
        if scheme.lower() != "basic":
            return False
        user, _, password = base64.b64decode(value).decode().partition(":")
        return self._knows(user, password)

    def _by_form(self, form: dict[str, list[str]]) -> bool:
        grant = form.get("grant_type", [""])[0]
        if grant == "refresh_token":
            return self._valid(form.get("refresh_token", [""])[0], "refresh_token", self.service)
        if grant == "password":
            return self._knows(form.get("username", [""])[0], form.get("password", [""])[0])
        return False

    def _knows(self, user: str, password: str) -> bool:
        if user == NULL_GUID:
            return self._valid(password, "refresh_token", self.service)
        return self.users.get(user) == password

    def _valid(self, token: str, grant: str, audience: str) -> bool:
        try:
            claims = jwt.decode(token, self._key.public_key(), algorithms=["RS256"], audience=audience)
        except jwt.InvalidTokenError:
            return False
        return bool(claims.get("grant_type") == grant)

    def _access(self, scope: str) -> dict[str, Any]:
        kind, _, rest = scope.partition(":")
        name, _, actions = rest.rpartition(":")
        return {"type": kind, "name": name, "actions": sorted(set(actions.split(",")) & self.granted)}

    def _sign(self, claims: dict[str, Any], lifetime: float) -> str:
        now = int(time.time())
        own = {"iss": ISSUER, "iat": now, "nbf": now - 3600, "exp": now + int(lifetime), "jti": str(uuid.uuid4())}
        leaf = base64.b64encode(self._certificate.public_bytes(serialization.Encoding.DER)).decode()
        return jwt.encode(own | claims, self._key, algorithm="RS256", headers={"x5c": [leaf]})


def _json(status: int, value: dict[str, Any]) -> Answer:
    return Answer(status, json.dumps(value).encode(), {"Content-Type": "application/json; charset=utf-8"})


def _refuse(status: int, code: str, message: str) -> Answer:
    return _json(status, {"errors": [{"code": code, "message": message}]})
