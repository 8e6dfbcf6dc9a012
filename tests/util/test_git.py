"""Which commit an image comes from, and from where: without a user or a password in it."""

import subprocess
from pathlib import Path

import pytest

from azdacli.cli import source_flow
from azdacli.util import git


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://github.com/org/repo.git", "https://github.com/org/repo"),
        ("https://user:token@github.com/org/repo", "https://github.com/org/repo"),
        ("https://token@dev.azure.com/org/p/_git/repo", "https://dev.azure.com/org/p/_git/repo"),
        ("git@github.com:org/repo.git", "https://github.com/org/repo"),
        ("ssh://git@example.com:2222/org/repo.git", "https://example.com/org/repo"),
        ("https://example.com:8443/a?token=b", "https://example.com:8443/a"),
        ("/srv/git/repo.git", ""),
        ("file:///srv/repo", ""),
        ("", ""),
    ],
)
def test_addresses_hold_no_login(address: str, shown: str) -> None:
    assert git.public(address) == shown


def run(folder: Path, *words: str) -> str:
    command = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b", *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def test_git_says_the_commit_and_whether_files_differ(tmp_path: Path) -> None:
    assert git.origin(tmp_path, {}) == ("", "")
    run(tmp_path, "init", "-q")
    assert git.origin(tmp_path, {}) == ("", "")
    (tmp_path / "a").write_text("1")
    run(tmp_path, "add", "a")
    run(tmp_path, "commit", "-q", "-m", "a")
    run(tmp_path, "remote", "add", "origin", "https://u:p@example.com/r.git")
    commit = run(tmp_path, "rev-parse", "HEAD")
    assert git.origin(tmp_path, {}) == (commit, "https://example.com/r")
    (tmp_path / "a").write_text("2")
    assert git.origin(tmp_path, {})[0] == f"{commit}-dirty"


def test_a_pipelines_variables_go_first(tmp_path: Path) -> None:
    github = {"GITHUB_ACTIONS": "true", "GITHUB_SHA": "ab" * 20}
    github |= {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "o/r"}
    assert git.origin(tmp_path, github) == ("ab" * 20, "https://github.com/o/r")
    azure = {
        "TF_BUILD": "True",
        "BUILD_SOURCEVERSION": "cd" * 20,
        "BUILD_REPOSITORY_URI": "https://u@dev.azure.com/o/r",
    }
    assert git.origin(tmp_path, azure) == ("cd" * 20, "https://dev.azure.com/o/r")


def test_labels_say_what_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_ACTIONS", "TF_BUILD"):
        monkeypatch.delenv(name, raising=False)
    found = source_flow.labels("r.azurecr.io/team/pose:1.4", tmp_path)
    assert found == {"org.opencontainers.image.title": "pose", "org.opencontainers.image.version": "1.4"}
    assert source_flow.labels("pose", tmp_path) == {"org.opencontainers.image.title": "pose"}
    assert source_flow.labels("Not A Name", tmp_path) == source_flow.labels("", tmp_path) == {}
