"""Azure's exchange of tokens, answer by answer, and the connections of those who are refused."""

import json
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from requests import Response

from azdacli.auth import acr, acr_check
from azdacli.auth.acr import EntraToken
from azdacli.errors import RegistryError

AZURE = "pose.azurecr.io"


@dataclass
class Answering:
    """What `exchange` asks of a transport, with an answer that was made."""

    body: bytes
    status: int = 200
    registry: str = AZURE
    root: str = "https://pose.azurecr.io"
    sent: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def send(self, method: str, url: str, *, data: dict[str, str]) -> Response:
        self.sent.append((method, url, data))
        response = Response()
        response.status_code, response._content = self.status, self.body
        return response

    def patiently(self, attempt: Any, _doing: str) -> Response:
        return attempt()


def test_the_token_is_sent_as_azure_wants_it_and_its_answer_is_the_login() -> None:
    transport = Answering(b'{"refresh_token": "fresh"}')
    assert acr.exchange(transport, EntraToken(text="secret")) == "fresh"
    form = {"grant_type": "access_token", "service": AZURE, "access_token": "secret"}
    assert transport.sent == [("POST", "https://pose.azurecr.io/oauth2/exchange", form)]


@pytest.mark.parametrize("body", [b"no JSON", b"[]", b"{}", b"3", b"null"])
def test_an_answer_without_a_token_is_a_sentence(body: bytes) -> None:
    with pytest.raises(RegistryError, match=rf"^{AZURE} answered without a refresh token$"):
        acr.exchange(Answering(body), EntraToken(text="secret"))


@pytest.mark.parametrize("value", ["", None, 3, ["x"], True])
def test_a_token_that_is_no_text_is_none(value: object) -> None:
    with pytest.raises(RegistryError, match="without a refresh token"):
        acr.exchange(Answering(json.dumps({"refresh_token": value}).encode()), EntraToken(text="secret"))


@pytest.mark.parametrize("status", [199, 201, 401, 403, 404])
def test_another_status_is_a_refusal_that_names_the_roles(status: int) -> None:
    with pytest.raises(RegistryError) as caught:
        acr.exchange(Answering(b'{"refresh_token": "fresh"}', status=status), EntraToken(text="secret"))
    assert "AcrPull or AcrPush" in str(caught.value.hint)
    assert "secret" not in str(caught.value)


def test_nobody_but_azure_is_sent_the_token() -> None:
    transport = Answering(b'{"refresh_token": "fresh"}', registry="registry.example")
    with pytest.raises(RegistryError, match="not an Azure container registry"):
        acr.exchange(transport, EntraToken(text="secret"))
    assert transport.sent == []
    assert "secret" not in repr(EntraToken(text="secret"))


class _Two(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(401 if self.path == "/refused" else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        pass


def test_what_refuses_is_read_to_its_end_and_what_answers_is_left_to_the_client() -> None:
    with HTTPServer(("127.0.0.1", 0), _Two) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            address = f"http://127.0.0.1:{server.server_port}"
            with acr_check._reading_refusals() as session:
                session.trust_env = False
                with session.get(f"{address}/refused", stream=True, timeout=30) as refused:
                    assert refused._content_consumed
                with session.get(f"{address}/fine", stream=True, timeout=30) as fine:
                    assert not fine._content_consumed
        finally:
            server.shutdown()
            thread.join()
