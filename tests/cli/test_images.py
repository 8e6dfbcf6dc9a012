"""`images` on registries, and through Microsoft's own client on a stand-in for Azure's API."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from support import runtimes
from support.registries import Registry, StartRegistry
from typer.testing import CliRunner

from azdacli.auth import acr, acr_inventory, keychain
from azdacli.auth.acr_inventory import AzureInventory
from azdacli.cli import confirm_flow, images_flow
from azdacli.cli.app import app
from azdacli.errors import RegistryError, SpecError
from azdacli.oci.credential import Credential
from azdacli.oci.reference import Reference
from tests.cli.schemas import checked
from tests.fakes.azure import Azure, azure
from tests.fakes.registry import digest, serving
from tests.publish.test_publish import repository

LABELS = {**runtimes.LABELS, "io.azda.asset-targets": '["/custom-assets"]', "io.azda.assets": "[]"}


def run(*words: str, code: int = 0) -> tuple[dict[str, Any], str]:
    result = CliRunner().invoke(app, ["images", *words, "--json"])
    assert result.exit_code == code, result.output
    return checked("images", result.stdout), result.stderr


@pytest.fixture
def one(any_registry: StartRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """A registry with three versions of an image."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    started = any_registry("token")
    monkeypatch.setenv("AZDA_REGISTRY_USERNAME", started.username)
    monkeypatch.setenv("AZDA_REGISTRY_PASSWORD", started.password)
    for tag in ("1.9", "1.10", "1.2"):
        contents = (runtimes.layer("etc/base", b"debian"), runtimes.layer("opt/a", tag.encode()))
        runtimes.put_runtime(repository(started, "pose"), tag, layers=contents, labels=LABELS)
    return started


def tags(answer: dict[str, Any]) -> list[str]:
    return [tag for version in answer["versions"] for tag in version["tags"]]


def test_versions_are_listed_with_what_their_labels_say(one: Registry) -> None:
    answer, _ = run(f"{one.host}/pose")
    assert tags(answer) == ["1.10", "1.9", "1.2"]
    first = answer["versions"][0]
    assert (first["release"], first["deviceType"], first["platforms"]) == ("7.1", "jetson", ["linux/arm64"])
    assert first["assets"] == ["/custom-assets"]
    assert first["created"] == "2026-01-01T00:00:00Z"
    assert first["size"] > 1000
    assert not answer["untaggedListed"]
    table = CliRunner().invoke(app, ["images", f"{one.host}/pose"]).stdout
    assert table.splitlines()[0].split() == [
        "TAGS",
        "DIGEST",
        "AGE",
        "SIZE",
        "DEEPSTREAM",
        "DEVICE",
        "ASSETS",
        "USED",
        "BY",
    ]
    assert len(table.splitlines()) == 4


def test_many_tags_come_in_pages(one: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("azdacli.oci.registry.inventory._PAGE", 2)
    assert tags(run(f"{one.host}/pose")[0]) == ["1.10", "1.9", "1.2"]


def test_nothing_is_deleted_unless_somebody_agrees(one: Registry) -> None:
    shown, story = run(f"{one.host}/pose", "--keep", "1")
    assert "add --yes" in story
    assert len(shown["wouldDelete"]) == 2
    assert tags(run(f"{one.host}/pose")[0]) == ["1.10", "1.9", "1.2"]
    done, _ = run(f"{one.host}/pose", "--keep", "1", "--yes")
    assert done["deleted"] == shown["wouldDelete"]
    assert tags(done) == tags(run(f"{one.host}/pose")[0]) == ["1.10"]


def test_what_a_manifest_names_stays(one: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AZDA_REGISTRY", one.host)  # without it the login is for no registry that a file names
    image = f"{one.host}/pose:1.2"
    modules = {"ai-pipeline": {"settings": {"image": image}}, "other": {"settings": {"image": "$UNKNOWN"}}}
    agent = {"systemModules": {"edgeAgent": {"settings": {"image": "mcr.microsoft.com/azureiotedge-agent:1.5"}}}}
    content = {"$edgeAgent": {"properties.desired": {**agent, "modules": modules}}}
    path = tmp_path / "deployment.json"
    path.write_text(json.dumps({"modulesContent": content}))
    answer, story = run("--manifest", str(path), "--keep", "1", "--yes")
    assert tags(answer) == ["1.10", "1.2"]
    assert answer["versions"][1]["usedBy"] == ["ai-pipeline in deployment.json"]
    assert answer["spared"][0]["reason"] == "used by ai-pipeline in deployment.json"
    assert "1.2 stays" in story


def test_what_cannot_be_done_is_said(one: Registry) -> None:
    name = f"{one.host}/pose"
    for words, message in (
        ((f"{name}:1.9",), "names one version"),
        ((), "the repository is not named"),
        ((name, "--delete-untagged"), "does not list what has no tag"),
        ((name, "--lock", "1.9"), "locks no versions"),
        ((name, "--lock", "7"), "there is no single version '7'"),
        ((name, "--device", "d"), "go together"),
    ):
        answer, _ = run(*words, code=3)
        assert message in answer["error"]["message"], words
    answer, _ = run(f"{one.host}/nothing", code=7)
    assert "there is no repository" in answer["error"]["message"]


def test_a_registry_that_deletes_nothing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))

    def intercept(handler: Any) -> bool:
        if handler.command == "DELETE":
            handler.reply(405, b'{"errors": [{"code": "UNSUPPORTED"}]}')
        elif handler.path.startswith("/v2/pose/tags/list"):
            handler.reply(200, b'{"name": "pose", "tags": ["1", "2"]}')
        else:
            return False
        return True

    with serving(intercept=intercept) as fake:
        fake.image("pose", "1", labels={"a": "1"})
        fake.image("pose", "2", labels={"a": "2"})
        answer, _ = run(f"{fake.host}/pose", "--keep", "1", "--yes", code=7)
    assert "deletes nothing over its API" in answer["error"]["message"]


@pytest.mark.parametrize("status", [401, 403])
def test_what_was_deleted_before_a_refusal_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    deleted: set[str] = set()

    def intercept(handler: Any) -> bool:
        if handler.path.startswith("/v2/pose/tags/list"):
            handler.reply(200, b'{"name": "pose", "tags": ["1", "2", "3"]}')
        elif handler.command != "DELETE":
            return False
        elif deleted and handler.path not in deleted:
            handler.reply(status, b'{"errors": [{"code": "DENIED"}]}')
        else:
            deleted.add(handler.path)
            handler.reply(202, b"")
        return True

    with serving(intercept=intercept) as fake:
        for tag in "123":
            fake.image("pose", tag, labels={"a": tag})
        answer, _ = run(f"{fake.host}/pose", "--keep", "1", "--yes", code=7)
    assert "1 of 2 manifests were deleted before" in answer["error"]["message"]
    assert "again" in answer["error"]["hint"]


def test_a_list_of_tags_without_an_end_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    asked: list[str] = []

    def intercept(handler: Any) -> bool:
        if not handler.path.startswith("/v2/pose/tags/list"):
            return False
        asked.append(handler.path)
        handler.reply(200, b'{"name": "pose", "tags": ["1"]}', Link='</v2/pose/tags/list?last=1>; rel="next"')
        return True

    with serving(intercept=intercept) as fake:
        fake.image("pose", "1", labels={"a": "1"})
        answer, _ = run(f"{fake.host}/pose", code=7)
    assert "the same page" in answer["error"]["message"]
    assert len(asked) == 2


class Entra:
    """An identity of Entra ID's."""

    def __init__(self, one: Azure) -> None:
        self._one = one

    def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        return AccessToken(self._one.tokens.entra_token(), 2_000_000_000)


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Azure]:
    """A stand-in for one of Azure's registries, which Microsoft's client asks."""
    with azure() as one:
        for module in (acr, images_flow, confirm_flow):
            monkeypatch.setattr(module, "is_azure", lambda host: host == one.fake.host)

        def connected(registry: str, name: str, **options: Any) -> AzureInventory:
            return AzureInventory(registry, name, **{**options, "address": one.address, "credential": Entra(one)})

        monkeypatch.setattr(images_flow, "AzureInventory", connected)
        monkeypatch.setattr(confirm_flow, "AzureInventory", connected)
        for number in (1, 2, 3):
            name = one.fake.image("pose", str(number), labels={"number": str(number)})
            one.stored[name] = f"2026-02-0{4 - number}T00:00:00Z"
        one.fake.image("pose", "3", labels={"number": "newer"})  # takes the tag away
        yield one


def flow(one: Azure, **asked: Any) -> images_flow.Answer:
    reference = Reference.parse(f"{one.fake.host}/pose")
    login = keychain.LoginOptions(registry=one.fake.host, auth=keychain.Auth.AUTO, environment={})
    with images_flow.opened(reference, login) as (inventory, versions):
        return images_flow.run(reference, inventory, versions, {}, images_flow.Asked(**asked))


def test_azures_own_client_lists_what_has_no_tag(cloud: Azure) -> None:
    answer = flow(cloud)
    assert answer.lists_untagged
    assert sorted(v.tags for v in answer.versions) == [(), ("1",), ("2",), ("3",)]
    assert all(v.listed.stored and v.release == "7.1" for v in answer.versions)


def test_azures_own_client_deletes_and_locks(cloud: Azure) -> None:
    flow(cloud, lock=("2",))
    assert len(cloud.locked) == 1
    done = flow(cloud, untagged=True, keep=1, yes=True)
    assert done.deleted
    assert [why for _, why in done.removal.spared] == ["locked"]
    assert sorted(tag for (_, tag) in cloud.fake.manifests if ":" not in tag) == ["1", "2"]  # 1 is the youngest here
    flow(cloud, unlock=("2",))
    assert not cloud.locked


def test_a_version_is_not_locked_and_unlocked_at_once(cloud: Azure) -> None:
    with pytest.raises(SpecError, match="'2' cannot be locked and unlocked"):
        flow(cloud, lock=("2",), unlock=("2",))
    assert not cloud.locked


def test_without_an_identity_the_tags_are_listed(cloud: Azure, monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody(*_words: object, **_options: object) -> AzureInventory:
        raise acr_inventory.NoIdentityError("no identity")

    def tagged(handler: Any) -> bool:
        if handler.path.startswith("/v2/pose/tags/list"):
            handler.reply(200, b'{"name": "pose", "tags": ["1", "2", "3"]}')
            return True
        return False

    monkeypatch.setattr(images_flow, "AzureInventory", nobody)
    cloud.fake.intercept = tagged
    assert not flow(cloud).lists_untagged
    with pytest.raises(SpecError, match="does not list"):
        flow(cloud, untagged=True)


def test_a_push_is_confirmed_by_azures_own_client(cloud: Azure, capsys: pytest.CaptureFixture[str]) -> None:
    def renew() -> Credential:
        raise AssertionError

    login = Credential(host=cloud.fake.host, username="x", password="y" * 20, renew=renew)
    tag = Reference.parse(f"{cloud.fake.host}/pose:1")
    held = digest(cloud.fake.manifests["pose", "1"])
    confirm_flow.confirm(tag, held, login)
    assert "Azure confirms" in capsys.readouterr().err
    with pytest.raises(RegistryError, match="Azure says"):
        confirm_flow.confirm(tag, digest(b"another"), login)
    with contextlib.suppress(RegistryError):
        confirm_flow.confirm(tag, held, None)
    assert "Azure" not in capsys.readouterr().err
