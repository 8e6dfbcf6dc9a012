"""`azdacli doctor` as a user runs it, above all on machines that are broken."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from azdacli.doctor import device, workstation
from azdacli.doctor.examination import examine
from azdacli.doctor.facts.gstreamer import GStreamerFacts
from azdacli.doctor.finding import failed, passed
from azdacli.doctor.machine import Machine
from azdacli.doctor.options import DEVICE, WORKSTATION, Options
from azdacli.doctor.probes import gstreamer
from azdacli.errors import EngineError, SpecError
from azdacli.simulation import interpreter

ROOT = Path(__file__).parents[2]
# Everything but what starts GStreamer, which another test does once.
QUICK = [name for name in WORKSTATION if name != "gstreamer"]


def run(*words: str, program: str = "", **environment: str | None) -> "subprocess.CompletedProcess[str]":
    changed = {name: value for name, value in {**os.environ, **environment}.items() if value is not None}
    command = [sys.executable, *(["-c", program] if program else ["-m", "azdacli"]), "doctor", *words]
    return subprocess.run(
        command,
        env=changed,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
        stdin=subprocess.DEVNULL,
    )


def report(answer: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    assert "Traceback" not in answer.stderr, answer.stderr
    found: dict[str, Any] = json.loads(answer.stdout)
    assert answer.returncode == found["exitCode"], answer.stderr
    return found


def finding(found: dict[str, Any], check: str) -> dict[str, Any]:
    return next(each for each in found["findings"] if each["check"] == check)


BROKEN: dict[str, dict[str, str | None]] = {
    "garbage for a host": {"DOCKER_HOST": "garbage"},
    "a host without a port": {"DOCKER_HOST": "tcp://[::1"},
    "a file for a socket": {"DOCKER_HOST": "unix:///dev/null"},
    "a name that is too long": {"DOCKER_HOST": f"unix:///{'a' * 300}"},
    "no engine behind ssh": {"DOCKER_HOST": "ssh://nobody@127.0.0.1:1"},
    "a context that is not there": {"DOCKER_CONTEXT": "../../etc"},
    "a configuration that is a file": {"DOCKER_CONFIG": "/dev/null"},
    "no home": {"HOME": None},
    "a home that is not there": {"HOME": "/nonexistent"},
    "no programs": {"PATH": "/nonexistent"},
    "no proxy behind its address": {"HTTPS_PROXY": "http://user:s3cret@127.0.0.1:1"},
    "a proxy that is none": {"HTTPS_PROXY": "http://[::1"},
    "certificates that are not there": {"AZDA_CA_BUNDLE": "/nonexistent.pem"},
    "certificates that are none": {"AZDA_CA_BUNDLE": "/etc/passwd"},
    "a folder for certificates": {"REQUESTS_CA_BUNDLE": "/tmp"},
    "no locale": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"},
}


# What has nothing to do with each other is broken at once, in two processes; one after the other, it is slow.
AT_ONCE = (
    ("garbage for a host", "no home", "no programs", "a proxy that is none", "certificates that are none", "no locale"),
    ("a name that is too long", "a context that is not there", "a home that is not there", "a folder for certificates"),
)


@pytest.mark.parametrize(
    "names", [*AT_ONCE, *(pytest.param((name,), marks=pytest.mark.slow) for name in BROKEN)], ids=", ".join
)
def test_a_broken_environment_is_a_report_and_no_traceback(names: tuple[str, ...]) -> None:
    start = time.monotonic()
    broken = {variable: value for name in names for variable, value in BROKEN[name].items()}
    answer = run("--json", *QUICK, "--container-registry", "127.0.0.1:1", **broken)
    found = report(answer)
    assert time.monotonic() - start < 60
    assert {each["check"] for each in found["findings"]} == set(QUICK)
    assert "could not be checked" not in answer.stdout
    assert "s3cret" not in answer.stdout + answer.stderr
    for each in found["findings"]:
        assert each.get("cure") or each["status"] in ("ok", "unknown")


PACKAGES = ("docker", "rich", "requests", "urllib3", "azure", "certifi", "jinja2", "dotenv")


@pytest.mark.parametrize(
    "packages", [PACKAGES, *(pytest.param((name,), marks=pytest.mark.slow) for name in PACKAGES)], ids=", ".join
)
def test_a_package_that_is_missing_or_broken_stops_no_other_check(packages: tuple[str, ...]) -> None:
    program = f"""
import sys
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {packages}:
            raise ImportError("it is broken")
sys.meta_path.insert(0, Hidden())
from azdacli.__main__ import main
main()
"""
    found = report(run("--json", *QUICK, "--container-registry", "127.0.0.1:1", program=program))
    assert finding(found, "context")["status"] == "ok"
    assert finding(found, "emulation")


@pytest.mark.parametrize(
    ("package", "words"),
    [
        ("typer", ("doctor",)),
        ("docker", ("push", "--image-name", "x:1", "--container-registry", "127.0.0.1:1")),
        ("jinja2", ("create", "--device-type", "CPU", "--no-build-image")),
    ],
)
def test_a_verb_that_needs_a_missing_package_says_so(package: str, words: tuple[str, ...]) -> None:
    program = f"""
import importlib.machinery, sys
real = importlib.machinery.PathFinder.find_spec
def find_spec(name, path=None, target=None):
    return None if name.partition(".")[0] == "{package}" else real(name, path, target)
importlib.machinery.PathFinder.find_spec = find_spec
sys.argv = ["azdacli", *{words!r}]
from azdacli.__main__ import main
main()
"""
    answer = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.returncode == 3
    assert answer.stderr.endswith("'azdacli @ " + ROOT.as_uri() + "'\n")
    assert f"error: this installation of azdacli is not whole: the package '{package}' is missing\n" in answer.stderr


def test_a_package_that_is_not_installed_is_named(tmp_path: Path) -> None:
    program = """
import importlib.metadata as metadata, sys
real = metadata.distribution
def distribution(name):
    if name == "docker":
        raise metadata.PackageNotFoundError(name)
    return real(name)
metadata.distribution = distribution
from azdacli.__main__ import main
main()
"""
    found = report(run("--json", "python", program=program))
    python = finding(found, "python")
    assert (python["status"], python["details"]) == ("failed", {"missing": ["docker"]})
    assert "pip install --force-reinstall 'azdacli @ file://" in python["cure"]


def test_it_imports_nothing_heavy_to_look_at_the_engine() -> None:
    program = """
import sys
from azdacli.__main__ import main
try:
    main()
finally:
    print(*sys.modules, file=sys.stderr)
"""
    answer = run("--json", "context", "engine", program=program, DOCKER_HOST="unix:///none")
    loaded = {name.split(".")[0] for name in answer.stderr.split()}
    assert not loaded & {"docker", "requests", "urllib3", "azure", "rich", "jinja2", "numpy", "cryptography"}


def test_as_a_user_that_is_on_no_list_and_has_no_home() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    words = ["setpriv", "--reuid", "12345", "--regid", "12345", "--clear-groups", sys.executable, "-m", "azdacli"]
    environment = {name: value for name, value in os.environ.items() if name != "HOME"}
    answer = subprocess.run(
        [*words, "doctor", "--json", *QUICK], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert finding(report(answer), "context")["status"] == "ok"


def test_without_a_network() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can take the network away")
    words = ["unshare", "--net", sys.executable, "-m", "azdacli", "doctor", "--json", *QUICK]
    answer = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    found = report(answer)
    assert finding(found, "network")["status"] == "warning"
    assert finding(found, "clock")["status"] in ("unknown", "ok")


def test_people_get_lines_with_a_cure_below_what_is_wrong() -> None:
    answer = run("context", "engine", DOCKER_HOST="unix:///none/engine.sock")
    assert answer.returncode == 5
    assert "failed  engine" in answer.stdout
    assert "cure: start the engine at unix:///none/engine.sock, or: unset DOCKER_HOST" in answer.stdout
    assert answer.stdout.endswith("1 failed, 0 warned, 0 unknown, 1 ok\n")


def test_the_device_checks_run_where_there_is_no_device() -> None:
    found = report(run("--device", "--json", DOCKER_HOST="unix:///none"))
    assert finding(found, "iot-edge")["status"] == "failed"
    assert finding(found, "module")["status"] == "unknown"
    assert finding(found, "ports")


def test_a_check_that_there_is_not_is_a_sentence() -> None:
    answer = run("no-such-check")
    assert answer.returncode == 3
    assert answer.stderr.startswith("error: there is no check 'no-such-check'\nhint: Choose from: python, ")
    assert "Add --device" in run("jetpack").stderr
    with pytest.raises(SpecError, match="emulation"):
        Options(device=True, checks=("emulation",))


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--device-type", "bogus"), "there is no device type 'bogus'\nhint: Choose one of: dGPU, Jetson, CPU."),
        (("--deepstream", "3"), "DeepStream 3 is not supported\nhint: Choose one of: "),
        (("--deepstream-image-type", "zzz"), "DeepStream 7.1 for Jetson has no 'zzz' image\nhint: It has: "),
        (("--base-image", "::bad::"), "--base-image '::bad::' is not a valid image name\nhint: Write "),
        (("--base-registry", "-x"), "--base-registry '-x' is not a valid registry name\nhint: Write "),
        (("--container-registry", ""), "'' is not the name of a registry\nhint: write its host"),
        (("--container-registry", "no host"), "'no host' is not the name of a registry\nhint: write its host"),
        (("--container-registry", "localhost:70000"), "'localhost:70000' names a port that does not exist\nhint: "),
    ],
)
def test_what_is_impossible_ends_as_it_does_for_the_other_verbs(words: tuple[str, ...], sentence: str) -> None:
    answer = run("emulation", *words)
    assert (answer.returncode, answer.stdout) == (3, "")
    assert answer.stderr.startswith(f"error: {sentence}")


def test_an_image_that_only_another_target_has_is_looked_for_there() -> None:
    assert Machine(Options(variant="GC-Triton-Devel")).base.platform == "linux/amd64"
    assert Machine(Options()).base.platform == "linux/arm64"


def test_a_registry_that_is_not_there_fails() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # nobody listens
        host = f"localhost:{closed.getsockname()[1]}"
        found = report(run("--json", "registry", "--container-registry", host, HOME="/nonexistent"))
    (seen,) = found["findings"]
    assert (seen["status"], seen["exitCode"]) == ("failed", 7)
    assert seen["message"] == f"{host} does not answer: connection refused"
    assert "docker login" not in seen["cure"]


def test_every_check_is_in_the_table_and_the_documentation() -> None:
    assert {*WORKSTATION, *DEVICE} == {*workstation.CHECKS, *device.CHECKS}
    page = (ROOT / "docs" / "doctor.md").read_text(encoding="utf-8")
    assert {*WORKSTATION, *DEVICE} <= set(re.findall(r"^\| `([a-z-]+)`", page, re.MULTILINE))


def test_a_check_that_hangs_or_breaks_costs_only_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(_: object) -> Any:
        raise RuntimeError("unheard of")

    def refuses(_: object) -> Any:
        raise EngineError("the engine is on fire", hint="Call somebody.")

    monkeypatch.setitem(workstation.CHECKS, "context", refuses)
    monkeypatch.setitem(workstation.CHECKS, "engine", lambda _: time.sleep(30))
    monkeypatch.setitem(workstation.CHECKS, "builder", breaks)
    monkeypatch.setitem(workstation.CHECKS, "clock", lambda _: (passed("clock", "right"),))
    start = time.monotonic()
    found = examine(Options(checks=("context", "engine", "builder", "clock")), deadline=0.5)
    assert time.monotonic() - start < 5
    messages = {each.check: each.message for each in found.findings}
    assert messages["engine"] == "no answer within the time for all checks"
    assert messages["builder"] == "this could not be checked (RuntimeError: unheard of)"
    assert messages["clock"] == "right"
    assert found.findings[1] == failed("context", "the engine is on fire", "Call somebody.", 5)


@pytest.mark.parametrize(("managed", "cure"), [(True, interpreter.venv_line()), (False, "/usr/bin/python3 -m pip ")])
def test_packages_come_into_an_environment_where_the_distribution_keeps_its_own(
    monkeypatch: pytest.MonkeyPatch, managed: bool, cure: str
) -> None:
    facts = GStreamerFacts(interpreter="/usr/bin/python3", packages={"numpy": None}, is_managed=managed)
    monkeypatch.setattr(gstreamer, "look", lambda *_, **__: (facts,))
    found = examine(Options(checks=("gstreamer",)))
    packages = next(each for each in found.findings if each.check == "python-packages")
    assert packages.cure.startswith(cure)


@pytest.mark.gstreamer
def test_gstreamer_is_there_element_by_element() -> None:
    found = report(run("--json", "gstreamer"))
    elements = finding(found, "elements")["details"]["elements"]
    assert elements["textoverlay"] == {"found": True, "package": "gstreamer1.0-x"}
    assert elements["nvinfer"]["found"]
    assert finding(found, "gstreamer")["details"]["version"].startswith("GStreamer 1.")
    assert finding(found, "python-packages")["details"]["packages"]["onnxruntime"]
