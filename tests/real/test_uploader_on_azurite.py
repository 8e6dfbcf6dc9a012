"""The uploader's process against Azurite: each right, SIGKILL within a file, and a service that goes and comes."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
import pytest
from azure.storage.blob import generate_container_sas
from support.azurite import Azurite

from tests.fakes.blob_storage import ACCOUNT

pytestmark = pytest.mark.azurite

ROOT = Path(__file__).parents[2]
STEM = "People_20261122T230501123Z_0001"
BLOB = f"door/People/2026-11-22/{STEM}.mp4"
MEBIBYTE = 1024**2
SECONDS = 240


@pytest.fixture
def azurite() -> Iterator[Azurite]:
    one = Azurite()
    try:
        one.start()
        one.make_container("recordings")
        yield one
    finally:
        one.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "recordings"
    made.mkdir()
    return made


def command(folder: Path, *options: str) -> list[str]:
    words = [str(folder), "--container", "recordings", "--device", "door", "--state", str(folder.parent / "state")]
    return [sys.executable, "-m", "azda_runtime", "uploader", *words, "--keep-free", "0", *options]


def environment(given: dict[str, str]) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AZURE_", "IOTEDGE_"))}
    return {**clean, "PYTHONPATH": str(ROOT / "docker-build"), **given}


@contextmanager
def running(folder: Path, given: dict[str, str], *options: str) -> Iterator[subprocess.Popen[bytes]]:
    with (folder.parent / "log.txt").open("a") as log:
        process = subprocess.Popen(command(folder, *options), env=environment(given), stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def once(folder: Path, given: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(folder, "--once"), env=environment(given), capture_output=True, text=True, check=False, timeout=SECONDS
    )


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def log(folder: Path) -> str:
    return (folder.parent / "log.txt").read_text(encoding="utf-8")


def signature(azurite: Azurite, permission: str, *, hours: float = 1) -> str:
    return generate_container_sas(
        ACCOUNT,
        "recordings",
        account_key=azurite.key,
        permission=permission,
        expiry=datetime.now(timezone.utc) + timedelta(hours=hours),
    )


def test_sigkill_in_the_middle_of_a_file_costs_the_block_at_hand(azurite: Azurite, folder: Path) -> None:
    data = os.urandom(24 * MEBIBYTE)
    (folder / f"{STEM}.mp4").write_bytes(data)
    given = {"AZURE_STORAGE_CONNECTION_STRING": azurite.connection_string}
    with running(folder, given, "--bandwidth", "6MiB", "--parallel", "1") as process:
        until(lambda: azurite.uncommitted(BLOB) >= 2)
        process.send_signal(signal.SIGKILL)
        process.wait()
    sent = azurite.uncommitted(BLOB)
    assert azurite.blobs() == {}

    done = once(folder, given)

    assert done.returncode == 0, done.stderr
    assert f"{sent * 4 * MEBIBYTE} bytes of them before" in done.stderr
    assert azurite.blobs() == {BLOB: data}
    assert list(folder.iterdir()) == []


def test_it_waits_while_the_service_is_away_and_sigterm_ends_it(azurite: Azurite, folder: Path) -> None:
    azurite.stop()
    with running(folder, {"AZURE_STORAGE_CONNECTION_STRING": azurite.connection_string}) as process:
        (folder / f"{STEM}.mp4").write_bytes(b"video")
        until(lambda: "cannot be reached" in log(folder))
        azurite.start()
        until(lambda: azurite.blobs() == {BLOB: b"video"})
        until(lambda: "takes recordings again" in log(folder))
        healthy = [sys.executable, "-m", "azda_runtime", "health", "--state", str(folder.parent / "state")]
        until(lambda: subprocess.run(healthy, env=environment({}), check=False, capture_output=True).returncode == 0)
        process.terminate()
        assert process.wait(SECONDS) == 0
    assert azurite.key not in log(folder)


@pytest.mark.parametrize("form", ["token", "address"])
def test_a_shared_access_signature_suffices(azurite: Azurite, folder: Path, form: str) -> None:
    (folder / f"{STEM}.mp4").write_bytes(b"video")
    token = signature(azurite, "rcw")
    given = {"AZURE_STORAGE_SAS_TOKEN": f"{azurite.endpoint}/recordings?{token}"}
    if form == "token":
        given = {"AZURE_STORAGE_SERVICE_ENDPOINT": azurite.endpoint, "AZURE_STORAGE_SAS_TOKEN": token}

    done = once(folder, given)

    assert done.returncode == 0, done.stderr
    assert azurite.blobs() == {BLOB: b"video"}


@pytest.mark.parametrize(
    ("permission", "hours", "part"), [("rcw", -1, "has expired"), ("r", 1, "read, create and write (rcw)")]
)
def test_a_signature_that_does_not_suffice_is_named(
    azurite: Azurite, folder: Path, permission: str, hours: float, part: str
) -> None:
    (folder / f"{STEM}.mp4").write_bytes(b"video")
    token = signature(azurite, permission, hours=hours)

    done = once(folder, {"AZURE_STORAGE_SERVICE_ENDPOINT": azurite.endpoint, "AZURE_STORAGE_SAS_TOKEN": token})

    assert done.returncode == 10
    assert part in done.stderr
    assert token.partition("sig=")[2][:20] not in done.stderr
    assert "Traceback" not in done.stderr
    assert len(list(folder.iterdir())) == 1


class _Identity(BaseHTTPRequestHandler):
    """The endpoint for tokens that Azure offers to a program with a managed identity."""

    def log_message(self, *_: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        now = int(time.time())
        claims = {"iss": "https://sts.windows.net/t/", "aud": "https://storage.azure.com", "nbf": now - 60, "iat": now}
        token = jwt.encode({**claims, "exp": now + 3600}, "x" * 32, algorithm="HS256")
        body = {"access_token": token, "expires_on": str(now + 3600), "resource": "r", "token_type": "Bearer"}
        text = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


@contextmanager
def managed_identity() -> Iterator[dict[str, str]]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Identity) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield {"IDENTITY_ENDPOINT": f"http://127.0.0.1:{server.server_port}/", "IDENTITY_HEADER": "secret"}
        finally:
            server.shutdown()
            thread.join()


def self_signed(folder: Path) -> tuple[Path, Path]:
    """A certificate for this machine, and its key."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    words = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-noenc",
        "-days",
        "2",
        "-subj",
        "/CN=blobs of the tests",
    ]
    words += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(words, check=True, capture_output=True)
    return certificate, key


def test_an_identity_of_entra_suffices_over_tls(folder: Path, tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path)
    azurite = Azurite(certificate=certificate, key_file=key)
    try:
        azurite.start()
        azurite.make_container("recordings")
        (folder / f"{STEM}.mp4").write_bytes(b"video")
        given = {"AZURE_STORAGE_SERVICE_ENDPOINT": azurite.endpoint}
        with managed_identity() as identity:
            untrusted = once(folder, {**given, **identity})
            done = once(folder, {**given, **identity, "REQUESTS_CA_BUNDLE": str(certificate)})
        assert azurite.blobs() == {BLOB: b"video"}
    finally:
        azurite.close()

    assert (untrusted.returncode, "not one that this device trusts" in untrusted.stderr) == (10, True), untrusted.stderr
    assert done.returncode == 0, done.stderr
