"""What is printed to be typed: whole lines for each distribution, and the names that this environment really uses."""

import importlib.metadata
import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from azdacli.cli.app import app
from azdacli.doctor.checks import engine, packages
from azdacli.doctor.facts.machine import Host
from azdacli.doctor.probes import packages as installed
from azdacli.engine import endpoint
from azdacli.errors import SpecError
from azdacli.oci.registry import Transport

RELEASES = [("debian", "12"), ("debian", "13"), ("ubuntu", "22.04"), ("ubuntu", "24.04"), ("fedora", "41"), ("", "")]
KINDS: dict[str, Callable[[Host], str]] = {
    "engine": packages.engine,
    "buildx": packages.buildx,
    "emulation": packages.emulation,
    "driver": packages.driver,
    "toolkit": lambda host: packages.toolkit(host, is_jetson=False),
    "toolkit of a Jetson": lambda host: packages.toolkit(host, is_jetson=True),
    "IoT Edge": packages.iot_edge,
}


def machine(distribution: str, release: str, *, root: bool = False) -> Host:
    known = {"system": "Linux", "machine": "amd64", "python": "3.12.1"}
    return Host(**known, distribution=distribution, release=release, root=root)


@pytest.mark.parametrize("root", [False, True])
@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_line_for_apt_is_whole_and_only_where_there_is_apt(kind: str, release: tuple[str, str], root: bool) -> None:
    text = KINDS[kind](machine(*release, root=root))
    lines = [line for line in text.splitlines() if "apt-get" in line]
    for line in lines:
        sudo = "" if root else "sudo "
        assert line.startswith(f"{sudo}apt-get update && {sudo}apt-get install --yes "), line
        assert subprocess.run(["bash", "-n", "-c", line], check=False).returncode == 0
    assert not (root and "sudo" in text)
    if release[0] not in ("debian", "ubuntu") and kind != "toolkit of a Jetson":
        assert not lines


def test_buildx_is_the_package_that_the_release_has() -> None:
    bookworm, trixie = (packages.buildx(machine("debian", release)) for release in ("12", "13"))
    assert not re.search(r"docker-buildx\b(?!-plugin)", bookworm)
    assert "docs.docker.com/engine/install/debian" in bookworm
    assert "install --yes docker-buildx " in trixie


def test_the_toolkit_comes_after_nvidias_repository() -> None:
    lines = packages.toolkit(machine("ubuntu", "24.04"), is_jetson=False).splitlines()
    added = next(i for i, line in enumerate(lines) if "sources.list.d/nvidia-container-toolkit.list" in line)
    got = next(i for i, line in enumerate(lines) if line.endswith("install --yes nvidia-container-toolkit"))
    assert added < got
    assert not any("libnvidia-container" in line for line in packages.toolkit(machine("ubuntu", ""), is_jetson=True))


def test_what_is_wrong_with_dockers_settings_names_the_file_that_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    folder.mkdir()
    (folder / "config.json").write_text("{")
    found = endpoint.find({"DOCKER_CONFIG": str(folder), "HOME": "/home/me"}, "Linux")
    cure = engine.check_context(found).cure
    subprocess.run(["bash", "-c", cure], check=True)
    assert [path.name for path in folder.iterdir()] == ["config.json.broken"]
    assert not endpoint.find({"DOCKER_CONFIG": str(folder)}, "Linux").problem


def test_a_context_that_a_variable_names_is_cured_by_the_variable(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"currentContext": "kept"}))
    by_variable = endpoint.find({"DOCKER_CONFIG": str(tmp_path), "DOCKER_CONTEXT": "gone"}, "Linux")
    assert engine.check_context(by_variable).cure.startswith("unset DOCKER_CONTEXT\n")
    by_file = endpoint.find({"DOCKER_CONFIG": str(tmp_path)}, "Linux")
    assert engine.check_context(by_file).cure == "docker context ls\ndocker context use default"


PROXIES = [
    ("HTTPS_PROXY", ":::x", "is not an address of a proxy"),
    ("HTTPS_PROXY", "http://", "names no host"),
    ("https_proxy", "socks9://a", "has the scheme 'socks9'"),
    ("ALL_PROXY", "http://h:x", "is not an address of a proxy"),
]


@pytest.fixture
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.parametrize(("variable", "value", "problem"), PROXIES)
def test_a_proxy_that_is_none_is_named_by_its_variable(
    variable: str, value: str, problem: str, no_proxies: pytest.MonkeyPatch
) -> None:
    no_proxies.setenv(variable, value)
    with pytest.raises(SpecError, match=f"^{variable} {problem}"):
        Transport("registry.example").open("GET", "https://registry.example/v2/")
    result = CliRunner().invoke(app, ["doctor", "proxies", "--json"])
    (finding,) = json.loads(result.stdout)["findings"]
    assert finding["message"].startswith(f"{variable} {problem}")
    assert finding["cure"].startswith(f"unset {variable}\n")


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_certificates_that_are_not_there_are_named_by_their_variable(
    variable: str, no_proxies: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    no_proxies.setenv(variable, str(tmp_path / "gone.pem"))
    with pytest.raises(SpecError, match=f"^{variable} names certificates that are not there"):
        Transport("registry.example").open("GET", "https://registry.example/v2/")
    (finding,) = json.loads(CliRunner().invoke(app, ["doctor", "certificates", "--json"]).stdout)["findings"]
    assert finding["cure"].startswith(f"unset {variable}\n")


@pytest.mark.parametrize("by_option", [False, True])
def test_a_bundle_that_cannot_be_used_is_named_as_it_was_given(
    by_option: bool, no_proxies: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bundle = tmp_path / "site.pem"
    bundle.write_text("no certificate")
    if not by_option:
        no_proxies.setenv("AZDA_CA_BUNDLE", str(bundle))
    words = ["--ca-bundle", str(bundle)] if by_option else []
    answer = CliRunner().invoke(app, ["doctor", "certificates", "--json", *words]).stdout
    (finding,) = json.loads(answer)["findings"]
    assert finding["cure"].splitlines()[0] == f"openssl x509 -in {bundle} -noout -subject -enddate"
    assert ("--ca-bundle" if by_option else "unset AZDA_CA_BUNDLE") in finding["cure"]
    named = "--ca-bundle" if by_option else "AZDA_CA_BUNDLE"
    with pytest.raises(SpecError, match=f"^{named} "):
        Transport("registry.example", ca_bundle=bundle)


def test_requirements_with_a_marker_count_where_the_marker_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = [
        "no-such-a>=1; python_version >= '3.10'",
        "no-such-b>=1; python_version < '3.0'",
        "no-such-c; extra == 'simulator'",
        "no-such-d; python_version >= '3.10' and extra == 'simulator'",
        "no-such-e",
        "pytest; sys_platform != 'nowhere'",
    ]
    monkeypatch.setattr(importlib.metadata, "requires", lambda _: wanted)
    assert installed.absent() == ("no-such-a", "no-such-e")
