"""Secrets whose field's name does not say so: PWD, `user:password`, and the same in base64."""

import base64
import json
from typing import Any

import pytest

from dsconfig.redaction import redacted, secrets_in

CANARY = "CANARYx1234567"
ENCODED = base64.b64encode(f"user:{CANARY}".encode()).decode()


@pytest.mark.parametrize(
    "document",
    [
        {"env": {"PWD": {"value": CANARY}}},
        {"PWD": CANARY},
        {"Env": [f"PWD=two words {CANARY}"]},
        {"env": {"X": {"value": f"user:{CANARY}"}}},
        {"createOptions": json.dumps({"Env": [f"X=user:{CANARY}"]})},
        {"environment": {"X": f"user:{CANARY}"}},
        {"Env": [{"name": "X", "value": f"user:{CANARY}"}]},
        {"env": {"X": "user:CANARY"}},
        {"X": ENCODED},
        f"the registry was sent {ENCODED} and refused",
        {"Cmd": ["login", ENCODED]},
        {"CREDS": f"user:{CANARY}"},
        {"CURL_USERPWD": f"user:{CANARY}"},
    ],
    ids=str,
)
def test_it_is_hidden(document: Any) -> None:
    shown = json.dumps(redacted(document))
    assert "CANARY" not in shown
    assert ENCODED not in shown


@pytest.mark.parametrize(
    "document",
    [
        {"env": {"PWD": {"value": "/home/me"}, "OLDPWD": {"value": "C:\\me"}}},
        {"Env": ["PWD=", "PWD=~"]},
        {"env": {"BROKER": {"value": "mosquitto:1883"}, "IMAGE": {"value": "debian:Bookworm12"}}},
        {"env": {"LIBRARIES": {"value": "/usr/lib:/opt/Lib2"}, "DISPLAY": {"value": "localhost:10.0"}}},
        {"env": {"DIGEST": {"value": "sha256:" + "aB1" * 21}, "URL": {"value": "https://host:8080/Ab1"}}},
        {"settings": {"image": "nginx:Alpine319", "note": "user:Name12345"}},
        {"X": base64.b64encode(b"nothing that one logs in with").decode(), "commit": "c0ffee" * 6, "d": "a" * 64},
    ],
    ids=str,
)
def test_what_only_looks_like_it_stays(document: Any) -> None:
    assert redacted(document) == document


def test_what_only_its_form_says_is_no_certain_secret() -> None:
    """It is hidden, and worth no warning: a warning would be wrong too often."""
    assert [secret.sure for secret in secrets_in({"env": {"X": {"value": f"user:{CANARY}"}}})] == [False]
    assert [secret.sure for secret in secrets_in({"env": {"X": {"value": ENCODED}}})] == [True]
