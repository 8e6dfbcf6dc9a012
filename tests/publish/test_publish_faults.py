"""A registry that drops, stalls, refuses and lies: the right image or a clear failure that another run completes."""

import itertools
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support import relay, runtimes
from support.registries import Registry
from support.tokens import NULL_GUID

from azdacli.auth import acr
from azdacli.errors import RegistryError
from azdacli.image import assets
from azdacli.image.spec import Asset
from azdacli.oci.credential import Credential
from azdacli.oci.pull import Source
from azdacli.oci.registry import Patience, Resumables, upload
from azdacli.publish import layer
from azdacli.publish.cache import Memory
from azdacli.publish.publisher import Publisher

pytestmark = pytest.mark.slow

Start = Callable[..., Registry]
CHUNK = 256 * 1024
MODEL = random.Random(3).randbytes(3_000_000)
LARGE = 80_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "custom-assets"
    folder.mkdir()
    (folder / "model.onnx").write_bytes(MODEL)
    (folder / "parser.py").write_text("labels = []\n")
    return folder


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload, "CHUNK", CHUNK)
    monkeypatch.setattr(upload, "LARGEST", CHUNK)


class Client:
    """Publishes one folder to one registry, each time into a repository that is empty."""

    def __init__(self, registry: Registry, folder: Path, patience: Patience = runtimes.IMPATIENT) -> None:
        self.registry = registry
        self._folder = folder
        self._patience = patience
        self._login = (
            Credential(host=registry.host, username=registry.username, password=registry.password)
            if registry.username
            else None
        )
        connected = runtimes.connect(registry.host, self._login)
        runtimes.put_runtime(connected.repository("azda-runtime", push=True), "7.1")

    def log_in(self, login: Credential) -> None:
        self._login = login

    def publish(self, name: str) -> str:
        registry = runtimes.connect(
            self.registry.host, self._login, cache=self._folder.parent / "cache", patience=self._patience
        )
        publisher = Publisher(
            registry.repository(name, push=True),
            "1",
            memory=Memory(None),
            listener=lambda _: None,
            interrupted=lambda key: registry.resumables.known(f"{registry.name}/{name}", key),
        )
        base = Source(repository=registry.repository("azda-runtime"), selector="7.1", name="azda-runtime:7.1")
        parts = assets.scan(Asset(source=self._folder, target="/custom-assets"))
        return publisher.publish(base, parts, ["/custom-assets"]).digest

    def tagged(self, name: str) -> str | None:
        self.registry.before_each(lambda _method, _path: None)
        found = runtimes.connect(self.registry.host, self._login).repository(name).manifest("1")
        return found.digest if found else None

    def must_end_well(self, name: str, expected: str) -> str:
        """Publish under a fault: it goes well at once, or is refused (what with is returned) and then goes well."""
        refusal = ""
        try:
            made = self.publish(name)
        except RegistryError as error:
            refusal = str(error) or repr(error)
            assert self.tagged(name) is None, "nothing half-published is tagged"
            made = self.publish(name)
        assert made == self.tagged(name) == expected
        return refusal


def once(number: int, what: Callable[[], relay.Answer | None]) -> Callable[[str, str], relay.Answer | None]:
    """Do something to the request of that number, counted from 0."""
    count = itertools.count()
    return lambda _method, _path: what() if next(count) == number else None


def cut() -> None:
    raise relay.CutError


def stall() -> None:
    time.sleep(0.6)
    raise relay.CutError


def answering(status: int, **headers: str) -> Callable[[], relay.Answer]:
    body = json.dumps({"errors": [{"code": "UNKNOWN", "message": "told to"}]}).encode()
    return lambda: relay.Answer(status, body, {name.replace("_", "-"): value for name, value in headers.items()})


FAULTS = {
    "cut": cut,
    "stall": stall,
    "500": answering(500),
    "503": answering(503),
    "408": answering(408),
    "429": answering(429, Retry_After="0"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_passing_fault_at_any_request_is_overcome(registry: Start, folder: Path, fault: str) -> None:
    patience = Patience(tries=5, pause=0.01, longest=0.05, connect=0.3, silence=0.3) if fault == "stall" else None
    client = Client(registry(), folder, patience or runtimes.IMPATIENT)
    before = len(client.registry.requests)
    expected = client.publish("clean")
    count = len(client.registry.requests) - before
    assert count > 20
    step = 3 if fault == "stall" else 1
    for number in range(0, count, step):
        client.registry.before_each(once(number, FAULTS[fault]))
        assert client.must_end_well(f"faulty-{number}", expected) == "", f"request {number}"


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_a_registry_that_asks_to_wait_within_an_upload_is_obeyed(
    registry: Start, folder: Path, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    client = Client(registry(), folder)
    expected = client.publish("clean")
    waited: list[float] = []

    def noted(patience: Patience, attempt: int, asked: float | None = None) -> float:
        waited.append(asked or 0)
        return 0

    monkeypatch.setattr(Patience, "seconds", noted)
    busy = iter([relay.Answer(429, b"", {"Retry-After": "17"})])
    client.registry.before_each(lambda m, path: next(busy, None) if m == method and "uploads" in path else None)
    assert client.publish("busy") == expected
    assert waited == [17]


def test_a_token_service_that_is_away_is_not_asked_again_by_each_try(registry: Start, folder: Path) -> None:
    client = Client(registry("token"), folder)
    one = client.registry
    one.before_each(lambda _m, path: relay.Answer(503, b"", {}) if path.startswith("/oauth2/") else None)
    since = len(one.requests)
    with pytest.raises(RegistryError, match="refused to give a token"):
        client.publish("away")
    asked = [r for r in one.requests[since:] if r.path.startswith("/oauth2/")]
    assert len(asked) <= 2 * runtimes.IMPATIENT.tries, "for the base and for the image, which are read at once"


def test_a_token_that_is_refused_at_any_request_is_renewed(registry: Start, folder: Path) -> None:
    client = Client(registry("token"), folder)
    one = client.registry
    before = len(one.requests)
    expected = client.publish("clean")
    count = len(one.requests) - before
    challenge = f'Bearer realm="{one.url}/oauth2/token",service="{one.host}",error="invalid_token"'
    for number in range(count):
        one.before_each(once(number, answering(401, WWW_Authenticate=challenge)))
        refusal = client.must_end_well(f"faulty-{number}", expected)
        assert "refused to let us in" in refusal or not refusal, "only a token service may stop us"


def test_tokens_that_live_for_a_moment_are_renewed_while_an_upload_runs(registry: Start, folder: Path) -> None:
    client = Client(registry("token"), folder)
    expected = client.publish("clean")
    client.registry.tokens.lifetime = 0.4
    client.registry.slow_down(2_000_000)
    issued = client.registry.tokens.issued
    assert client.publish("slow") == expected
    assert client.registry.tokens.issued > issued + 3


def test_an_identity_of_entras_outlives_its_refresh_token_in_a_long_upload(
    registry: Start, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(registry("token"), folder)
    expected = client.publish("clean")
    one = client.registry
    runtimes.as_azures(monkeypatch, one)
    one.tokens.lifetime, one.tokens.refresh_lifetime = 0.4, 2
    one.slow_down(1_000_000)

    since = len(one.requests)
    client.log_in(acr.login(one.host))
    assert client.publish("slow") == expected
    exchanged = [r.status for r in one.requests[since:] if r.path == "/oauth2/exchange"]
    assert len(exchanged) > 1
    assert set(exchanged) == {200}

    client.log_in(Credential(host=one.host, username=NULL_GUID, password=one.tokens.refresh_token()))
    with pytest.raises(RegistryError, match="refused to let us in"):  # a token that somebody else got ends for good
        client.publish("too-slow")
    one.slow_down(None)
    client.log_in(acr.login(one.host))
    assert client.publish("too-slow") == expected


@pytest.mark.parametrize("tenth", range(1, 11))
def test_an_upload_that_is_cut_goes_well(registry: Start, folder: Path, tenth: int) -> None:
    client = Client(registry(), folder)
    expected = client.publish("clean")
    one = client.registry

    def mended(method: str, _path: str) -> None:
        if method not in ("PATCH", "PUT"):  # the client came back to ask
            one.cut_after(1 << 40)

    one.cut_after(len(MODEL) * tenth // 10 - 50_000)
    armed = one._running().cut_after
    one.before_each(lambda method, path: mended(method, path) if one._running().received > (armed or 0) else None)
    assert client.must_end_well(f"cut-{tenth}", expected) == ""


def test_chunks_that_grew_too_long_for_a_gateway_become_short_again(
    registry: Start, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "LARGEST", 16 * CHUNK)
    client = Client(registry(), folder)
    one = client.registry
    since = len(one.requests)
    expected = client.publish("clean")
    lengths = [r.received for r in one.requests[since:] if r.method == "PATCH"]
    assert lengths[:2] == [CHUNK, 4 * CHUNK]
    assert len(lengths) < len(MODEL) / CHUNK / 2

    since = len(one.requests)
    count = itertools.count()

    def gateway(method: str, path: str) -> relay.Answer | None:
        return relay.Answer(413, b"too large", {}) if method == "PATCH" and next(count) == 2 else None

    one.before_each(gateway)
    assert client.must_end_well("behind-a-gateway", expected) == ""
    tried = [r for r in one.requests[since:] if r.method == "PATCH"]
    assert [r.status for r in tried[:4]] == [202, 202, 413, 202]
    assert {r.received for r in tried[3:-1]} == {CHUNK}


def test_a_gateway_that_takes_no_chunk_at_all_is_told(registry: Start, folder: Path) -> None:
    client = Client(registry(), folder)
    client.registry.before_each(lambda method, _path: relay.Answer(413, b"", {}) if method == "PATCH" else None)
    with pytest.raises(RegistryError, match=r"\(413\)"):
        client.publish("refused")


LIES = {
    "more than was sent": "0-99999999",
    "less than was sent": "0-4095",
    "nothing": "0-0",
    "no range": "later",
}


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("number", [0, 1, 5, 11])
def test_a_registry_that_lies_about_what_arrived_is_not_believed(
    registry: Start, folder: Path, lie: str, number: int
) -> None:
    client = Client(registry(), folder)
    expected = client.publish("clean")
    count = itertools.count()

    def lying(method: str, path: str, headers: dict[str, str]) -> dict[str, str]:
        reported = method == "PATCH" and "lied" in path and next(count) == number
        return {**headers, "Range": LIES[lie]} if reported else headers

    client.registry.rewrite_answers(lying)
    assert client.must_end_well("lied", expected) == ""


def test_a_registry_that_always_lies_gets_no_tag(registry: Start, folder: Path) -> None:
    client = Client(registry(), folder)
    lies = {"PATCH": "0-4095", "GET": "0-4095"}
    client.registry.rewrite_answers(
        lambda method, _path, headers: (
            {**headers, "Range": lies[method]} if method in lies and "Range" in headers else headers
        )
    )
    with pytest.raises(RegistryError) as caught:
        client.publish("lied")
    assert caught.value.hint or str(caught.value)
    assert client.tagged("lied") is None


def test_a_registry_that_dies_and_comes_back_gets_the_rest(registry: Start, folder: Path) -> None:
    client = Client(registry(), folder)
    expected = client.publish("clean")
    one = client.registry
    one.cut_after(len(MODEL) // 2)
    with pytest.raises(RegistryError, match="does not answer") as caught:
        client.publish("dead")
    assert "Run the same command again" in str(caught.value.hint)
    one.kill()
    with pytest.raises(RegistryError, match="connection refused"):
        client.publish("dead")
    one.start()
    assert client.tagged("dead") is None
    assert client.publish("dead") == expected


@pytest.mark.parametrize(
    "kept", ["http://elsewhere.invalid/v2/x", "ftp://x", "/v2/pose/blobs/uploads/gone", "http://["]
)
def test_an_upload_that_leads_nowhere_is_begun_anew(registry: Start, folder: Path, kept: str) -> None:
    client = Client(registry(), folder)
    expected = client.publish("clean")
    for part in assets.scan(Asset(source=folder, target="/custom-assets")):
        key = layer.of_part(part, release="7.1").key
        with Resumables(folder.parent / "cache").claim(f"{client.registry.host}/moved", key) as upload_kept:
            upload_kept.save(kept)
    assert client.publish("moved") == expected
    assert not list((folder.parent / "cache").glob("*.json"))


def test_after_a_kill_only_the_rest_travels(registry: Start, tmp_path: Path) -> None:
    one = registry()
    runtimes.put_runtime(runtimes.connect(one.host).repository("azda-runtime", push=True), "7.1")
    (tmp_path / "assets").mkdir()
    (tmp_path / "assets" / "model.onnx").write_bytes(random.Random(4).randbytes(LARGE))
    words = [
        *(sys.executable, "-m", "azdacli", "publish", "--base", f"{one.host}/azda-runtime:7.1"),
        *("--image", f"{one.host}/pose:1", "--add", "assets /assets", "--auth", "anonymous"),
    ]
    environment = {
        **os.environ,
        "AZDA_CACHE_DIR": str(tmp_path / "cache"),
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    one.slow_down(40_000_000)
    first = subprocess.Popen(words, cwd=tmp_path, env=environment, start_new_session=True)
    while one._running().received < LARGE * 0.6:
        assert first.poll() is None
        time.sleep(0.01)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    settled = -1
    while settled != one._running().received:  # the chunk under way comes to its end
        settled = one._running().received
        time.sleep(0.7)
    assert settled < LARGE
    one.slow_down(None)
    since = len(one.requests)
    done = subprocess.run(words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert one.bytes_received(since) < LARGE * 0.41
    assert settled + one.bytes_received(since) < LARGE * 1.01, "no byte travels twice"
