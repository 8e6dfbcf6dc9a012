"""Azure Container Registry's own API for manifests, as its swagger of 2021-07-01 has it, for Microsoft's client."""

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from support.tokens import TokenService

from tests.fakes.registry import Fake, Handler, serving

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Azure:
    """One registry of Azure's.

    Attributes:
        fake: Its images.
        tokens: Who may ask.
        stored: Digest -> when it came.
        locked: The digests that cannot be deleted.
        fixed: Those that cannot be changed.
    """

    fake: Fake
    tokens: TokenService
    stored: dict[str, str] = field(default_factory=dict)
    locked: set[str] = field(default_factory=set)
    fixed: set[str] = field(default_factory=set)
    page: int = 2

    @property
    def address(self) -> str:
        """Its web address."""
        return f"http://{self.fake.host}"

    def answer(self, handler: Handler) -> bool:
        """Answer what is Azure's own; False for the distribution API."""
        where = urlsplit(handler.path)
        if where.path.startswith("/oauth2/"):
            found = self.tokens.answer(handler.command, handler.path, handler.headers, handler.body)
            handler.reply(found.status, found.body, **{k.replace("-", "_"): v for k, v in found.headers.items()})
            return True
        if not where.path.startswith("/acr/v1/"):
            return False
        name, _, rest = unquote(where.path.removeprefix("/acr/v1/")).partition("/_")
        if not self._allowed(handler, name):
            scope = f'scope="repository:{name}:{self._action(handler)}"'
            realm = f'Bearer realm="{self.address}/oauth2/token",service="{self.fake.host}",{scope}'
            handler.reply(401, b"{}", WWW_Authenticate=realm)
        elif rest == "manifests":
            self._list(handler, name, parse_qs(where.query))
        elif rest.startswith("manifests/"):
            self._change(handler, name, rest.removeprefix("manifests/"))
        else:
            self._tag(handler, name, rest.removeprefix("tags/"))
        return True

    def _action(self, handler: Handler) -> str:
        return "metadata_read" if handler.command == "GET" else "metadata_write"

    def _allowed(self, handler: Handler, name: str) -> bool:
        token = handler.headers.get("Authorization", "").removeprefix("Bearer ")
        return self.tokens.allows(token, name, self._action(handler))

    def _list(self, handler: Handler, name: str, query: dict[str, list[str]]) -> None:
        digests = sorted({s for n, s in self.fake.manifests if n == name and s.startswith("sha256:")})
        if not digests:
            handler.reply(404, b'{"errors": [{"code": "NAME_UNKNOWN", "message": "no such repository"}]}')
            return
        after = [digest for digest in digests if digest > query.get("last", [""])[0]]
        shown = after[: self.page]
        rows = [self._row(name, digest) for digest in shown]
        link = f'</acr/v1/{name}/_manifests?last={shown[-1]}&n={self.page}>; rel="next"'
        more = {"Link": link} if len(after) > len(shown) else {}
        body = json.dumps({"registry": self.fake.host, "imageName": name, "manifests": rows}).encode()
        handler.reply(200, body, Content_Type="application/json", **more)

    def _row(self, name: str, digest: str) -> dict[str, Any]:
        held = self.fake.manifests
        own = [s for (n, s), data in held.items() if n == name and s != digest and data == held[name, digest]]
        return {
            "digest": digest,
            "imageSize": 1234,
            "createdTime": self.stored.get(digest, "2026-01-01T00:00:00.1234567Z"),
            "lastUpdateTime": "2026-01-02T00:00:00.1234567Z",
            "tags": own,
            "changeableAttributes": {
                "deleteEnabled": digest not in self.locked,
                "writeEnabled": digest not in self.fixed,
                "readEnabled": True,
                "listEnabled": True,
            },
        }

    def _change(self, handler: Handler, name: str, digest: str) -> None:
        asked = json.loads(handler.body or b"{}")
        for name_of, kept in (("deleteEnabled", self.locked), ("writeEnabled", self.fixed)):
            if asked.get(name_of) is False:
                kept.add(digest)
            elif asked.get(name_of) is True:
                kept.discard(digest)
        body = {"registry": self.fake.host, "imageName": name, "manifest": self._row(name, digest)}
        handler.reply(200, json.dumps(body).encode(), Content_Type="application/json")

    def _tag(self, handler: Handler, name: str, tag: str) -> None:
        data = self.fake.manifests.get((name, tag))
        if data is None:
            handler.reply(404, b'{"errors": [{"code": "TAG_UNKNOWN", "message": "no such tag"}]}')
            return
        digest = next(s for (n, s), held in self.fake.manifests.items() if n == name and held == data and ":" in s)
        row = {
            "name": tag,
            "digest": digest,
            "createdTime": "2026-01-01T00:00:00Z",
            "lastUpdateTime": "2026-01-01T00:00:00Z",
        }
        body = {
            "registry": self.fake.host,
            "imageName": name,
            "tag": {**row, "signed": False, "changeableAttributes": {}},
        }
        handler.reply(200, json.dumps(body).encode(), Content_Type="application/json")


@contextmanager
def azure() -> "Iterator[Azure]":
    """Start one."""
    with serving() as fake:
        one = Azure(fake=fake, tokens=TokenService(fake.host, {"alice": "x"}))
        one.tokens.granted |= {"metadata_read", "metadata_write"}
        fake.intercept = one.answer
        yield one
