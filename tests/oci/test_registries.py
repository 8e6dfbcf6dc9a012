"""The registries that other tests push to behave as registries do, and tell what they received."""

import base64
import hashlib

import pytest
import requests
from support import relay, tokens
from support.registries import Registry, StartRegistry


def upload(registry: Registry, blob: bytes, **headers: str) -> requests.Response:
    """Send a blob as a client of the distribution API does."""
    begun = requests.post(f"{registry.url}/v2/a/b/blobs/uploads/", headers=headers, timeout=30)
    if begun.status_code != 202:
        return begun
    sent = requests.patch(
        registry.url + begun.headers["Location"],
        data=blob,
        headers={"Content-Type": "application/octet-stream", **headers},
        timeout=30,
    )
    if sent.status_code != 202:
        return sent
    digest = f"sha256:{hashlib.sha256(blob).hexdigest()}"
    return requests.put(
        f"{registry.url}{sent.headers['Location']}&digest={digest}",
        headers=headers,
        timeout=30,
    )


def bearer(registry: Registry, *, actions: str = "pull,push") -> dict[str, str]:
    exchanged = requests.post(
        f"{registry.url}/oauth2/exchange",
        data={
            "grant_type": "access_token",
            "service": registry.host,
            "tenant": tokens.TENANT,
            "access_token": registry.tokens.entra_token(),
        },
        timeout=30,
    ).json()
    form = {"grant_type": "refresh_token", "service": registry.host, "refresh_token": exchanged["refresh_token"]}
    form["scope"] = f"repository:a/b:{actions}"
    answer = requests.post(f"{registry.url}/oauth2/token", data=form, timeout=30).json()
    return {"Authorization": f"Bearer {answer['access_token']}"}


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def test_what_was_uploaded_is_known_by_digest_and_size(registry: StartRegistry) -> None:
    one = registry()
    blob = bytes(3_000_000)
    assert upload(one, blob).status_code == 201
    digest = f"sha256:{hashlib.sha256(blob).hexdigest()}"
    assert one.uploaded() == one.blobs() == {digest: 3_000_000}
    assert one.bytes_received() == 3_000_000
    assert one.uploaded(since=len(one.requests)) == {}


def test_blobs_survive_a_stop_and_a_crash(registry: StartRegistry) -> None:
    one = registry()
    upload(one, b"kept")
    one.stop()
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{one.url}/v2/", timeout=5)
    one.start()
    one.kill()
    one.start()
    digest = f"sha256:{hashlib.sha256(b'kept').hexdigest()}"
    answer = requests.get(f"{one.url}/v2/a/b/blobs/{digest}", timeout=5)
    assert answer.content == b"kept"
    assert one.uploaded() == {digest: 4}


def test_htpasswd_lets_in_who_has_the_password(registry: StartRegistry) -> None:
    one = registry("htpasswd")
    assert upload(one, b"x" * 1_000_000).status_code == 401
    assert upload(one, b"x", **basic(one.username, "wrong")).status_code == 401
    assert upload(one, b"x" * 1_000_000, **basic(one.username, one.password)).status_code == 201


def test_a_token_registry_says_where_tokens_are(registry: StartRegistry) -> None:
    one = registry("token")
    refused = requests.get(f"{one.url}/v2/", timeout=5)
    assert refused.status_code == 401
    assert refused.headers["WWW-Authenticate"] == f'Bearer realm="{one.url}/oauth2/token",service="{one.host}"'


def test_an_entra_token_becomes_a_refresh_token_becomes_an_access_token(registry: StartRegistry) -> None:
    one = registry("token")
    assert upload(one, b"x" * 5_000_000, **bearer(one)).status_code == 201
    assert one.tokens.issued == 1


def test_a_password_and_the_null_guid_get_tokens_too(registry: StartRegistry) -> None:
    one = registry("token")
    scope = {"service": one.host, "scope": "repository:a/b:pull,push"}
    for user, password in ((one.username, one.password), (tokens.NULL_GUID, one.tokens.refresh_token())):
        answer = requests.get(f"{one.url}/oauth2/token", params=scope, auth=(user, password), timeout=5).json()
        assert upload(one, b"x", Authorization=f"Bearer {answer['access_token']}").status_code == 201
    assert requests.get(f"{one.url}/oauth2/token", params=scope, auth=("alice", "no"), timeout=5).status_code == 401
    assert requests.get(f"{one.url}/oauth2/token", params=scope, timeout=5).status_code == 401


def test_an_expired_access_token_is_refused(registry: StartRegistry) -> None:
    one = registry("token")
    one.tokens.lifetime = -1
    assert upload(one, b"x", **bearer(one)).status_code == 401


def test_an_expired_entra_token_is_not_exchanged(registry: StartRegistry) -> None:
    one = registry("token")
    form = {"grant_type": "access_token", "service": one.host, "access_token": one.tokens.entra_token(lifetime=-1)}
    assert requests.post(f"{one.url}/oauth2/exchange", data=form, timeout=5).status_code == 401


def test_a_reader_may_not_push(registry: StartRegistry) -> None:
    one = registry("token")
    one.tokens.granted = {"pull"}
    refused = upload(one, b"x", **bearer(one))
    assert refused.status_code == 401
    assert 'error="insufficient_scope"' in refused.headers["WWW-Authenticate"]


def test_a_registry_can_die_in_the_middle_of_an_upload(registry: StartRegistry) -> None:
    one = registry()
    one.cut_after(1_000_000)
    with pytest.raises(requests.ConnectionError):
        upload(one, bytes(4_000_000))
    assert one.blobs() == {}
    assert one.requests[-1].status == 0


def test_a_hook_can_cut_a_chosen_request(registry: StartRegistry) -> None:
    one = registry()

    def no_manifests(method: str, path: str) -> None:
        if "/manifests/" in path:
            raise relay.CutError

    one.before_each(no_manifests)
    assert upload(one, b"x").status_code == 201
    with pytest.raises(requests.ConnectionError):
        requests.put(f"{one.url}/v2/a/b/manifests/1", data=b"{}", timeout=5)
