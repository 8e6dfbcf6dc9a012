"""`azdacli doctor` beside real engines, registries and emulation."""

import base64
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.bases import Bases
from support.engines import ClassicEngine, Engine
from support.registries import StartRegistry

ROOT = Path(__file__).parents[2]
ENGINES = [
    pytest.param("modern_engine", marks=pytest.mark.engine),
    pytest.param("classic_engine", marks=pytest.mark.engine),
    pytest.param("podman_engine", marks=pytest.mark.podman),
]
BASE = "debian:12"


def doctor(environment: Mapping[str, str], *words: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "azdacli", "doctor", "--json", *words]
    answer = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=500
    )
    assert "Traceback" not in answer.stderr, answer.stderr
    found: dict[str, Any] = json.loads(answer.stdout)
    assert answer.returncode == found["exitCode"]
    return {each["check"]: each for each in found["findings"]} | {"exitCode": found["exitCode"]}


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> Engine:
    found: Engine = request.getfixturevalue(request.param)
    return found


@pytest.mark.parametrize("engine", ENGINES, indirect=True)
def test_an_engine_is_named_with_its_builder_and_its_disk(engine: Engine) -> None:
    found = doctor(engine.environment, "context", "engine", "builder", "disk", "clock")
    assert found["exitCode"] == 0, found
    details = found["engine"]["details"]
    assert (details["name"], details["architecture"]) == ("Podman" if engine.name == "podman" else "Docker", "amd64")
    assert found["context"]["details"]["address"] == engine.url
    words = "BuildKit" if engine.has_buildx else "the classic builder"
    assert words in found["builder"]["message"]
    own = os.statvfs(engine.data)
    assert found["disk"]["details"]["free"] == pytest.approx(own.f_bavail * own.f_frsize, rel=0.2)


@pytest.mark.engine
def test_a_context_of_dockers_own_making_is_followed(modern_engine: Engine) -> None:
    modern_engine.cli("context", "create", "private", "--docker", f"host={modern_engine.url}")
    try:
        environment = {name: value for name, value in modern_engine.environment.items() if name != "DOCKER_HOST"}
        found = doctor({**environment, "DOCKER_CONTEXT": "private"}, "context", "engine")
        assert found["exitCode"] == 0, found
        assert found["context"]["message"] == f"private: {modern_engine.url} (context 'private')"
        hidden = doctor({**modern_engine.environment, "DOCKER_CONTEXT": "private"}, "context")
        assert hidden["context"]["status"] == "warning"
    finally:
        modern_engine.cli("context", "rm", "private")


@pytest.mark.engine
@pytest.mark.emulation
def test_emulation_is_missing_until_it_is_registered(classic_engine: Engine, emulation: None) -> None:
    there = doctor(classic_engine.environment, "emulation", "--device-type", "Jetson")
    assert (there["emulation"]["status"], there["exitCode"]) == ("ok", 0)
    # A mount namespace of its own in which the kernel's list is hidden.
    hide = f"mount -t tmpfs none /proc/sys/fs/binfmt_misc && exec {sys.executable} -m azdacli doctor --json emulation"
    command = ["unshare", "--mount", "sh", "-c", f"{hide} --device-type Jetson"]
    answer = subprocess.run(
        command, env=classic_engine.environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    (finding,) = json.loads(answer.stdout)["findings"]
    assert (answer.returncode, finding["status"]) == (6, "failed")
    assert "qemu-user-static" in finding["cure"]


@pytest.mark.engine
def test_an_engine_that_this_user_may_not_use(modern_engine: Engine) -> None:
    modern_engine.root.chmod(0o755)
    modern_engine.socket.chmod(0o660)
    words = ["setpriv", "--reuid", "12345", "--regid", "12345", "--clear-groups"]
    command = [*words, sys.executable, "-m", "azdacli", "doctor", "--json", "engine"]
    answer = subprocess.run(command, env=modern_engine.environment, cwd=ROOT, capture_output=True, check=False)
    (finding,) = json.loads(answer.stdout)["findings"]
    assert (answer.returncode, finding["details"]["trouble"]) == (5, "denied")
    assert finding["cure"].startswith("sudo usermod -aG docker")


@pytest.mark.engine
def test_an_engine_that_stands_still_is_left_after_a_while() -> None:
    engine = ClassicEngine()
    try:
        engine.start()
        daemons = [int(pid) for pid in (engine.root / "pid").read_text().split()]
        os.kill(daemons[0], signal.SIGSTOP)
        try:
            found = doctor(engine.environment, "engine", "builder", "disk")
        finally:
            os.kill(daemons[0], signal.SIGCONT)
        assert found["engine"]["details"]["trouble"] == "silent"
        assert found["disk"]["status"] == "unknown"
    finally:
        engine.close()


def login(folder: Path, host: str, username: str, password: str) -> dict[str, str]:
    folder.mkdir(exist_ok=True)
    auth = base64.b64encode(f"{username}:{password}".encode()).decode()
    (folder / "config.json").write_text(json.dumps({"auths": {host: {"auth": auth}}}))
    return {**os.environ, "DOCKER_CONFIG": str(folder)}


@pytest.mark.registry
@pytest.mark.parametrize("kind", ["htpasswd", "token"])
def test_a_registry_takes_the_stored_login_or_refuses_it(registry: StartRegistry, tmp_path: Path, kind: Any) -> None:
    started = registry(kind)
    host = started.host

    def ask(environment: Mapping[str, str]) -> dict[str, Any]:
        found = doctor(environment, "registry", "--container-registry", host)
        return dict(found["registry"]) | {"code": found["exitCode"]}

    good = ask(login(tmp_path / "good", host, started.username, started.password))
    assert (good["status"], good["details"]["way"]) == ("ok", "docker")
    bad = ask(login(tmp_path / "bad", host, started.username, "wrong"))
    assert (bad["status"], bad["code"]) == ("failed", 7)
    assert bad["cure"].startswith(f"docker login {host}")
    nobody = ask({**os.environ, "DOCKER_CONFIG": str(tmp_path / "none")})
    assert (nobody["status"], nobody["code"]) == ("warning", 0)


# The device: real engines, a real container, and a runtime that is called `nvidia` and is runc.


class NvidiaEngine(ClassicEngine):
    """An engine with a runtime of that name."""

    name = "nv"

    def _settings(self) -> dict[str, Any]:
        return super()._settings() | {"runtimes": {"nvidia": {"path": "/usr/sbin/runc"}}}


@contextmanager
def module(engine: Engine, *options: str) -> Iterator[None]:
    engine.cli("run", "--detach", "--name", "ai-pipeline", "--network", "host", *options)
    try:
        yield
    finally:
        engine.cli("rm", "--force", "ai-pipeline")


@pytest.fixture(scope="module")
def nvidia_engine() -> Iterator[Engine]:
    engine = NvidiaEngine()
    try:
        engine.start()
        Bases().load(engine, "amd64", BASE)
        yield engine
    finally:
        engine.close()


@pytest.mark.engine
def test_a_module_that_may_not_write_to_its_volume_is_found(nvidia_engine: Engine, tmp_path: Path) -> None:
    state, videos = tmp_path / "state", tmp_path / "videos"
    for folder in (state, videos):
        folder.mkdir()
        os.chown(folder, 10001, 10001)
    mounts = ["-v", f"{state}:/var/lib/azda", "-v", f"{videos}:/tmp/VideoUploaderCache"]
    run = [*mounts, "--user", "10001", "--runtime", "nvidia", "--label", "io.azda.target=jetson", BASE, "sleep", "600"]
    with module(nvidia_engine, *run):
        well = doctor(nvidia_engine.environment, "--device", "volumes", "module")
        assert well["exitCode"] == 0, well
        assert well["module"]["details"]["gpu"] is True
        os.chown(state, 0, 0)
        state.chmod(0o755)
        wrong = doctor(nvidia_engine.environment, "--device", "volumes", "module")
    assert wrong["volumes"]["cure"] == f"sudo chown -R 10001:10001 {state}"
    assert wrong["module"]["cure"] == "docker exec ai-pipeline test -w /var/lib/azda"
    assert wrong["exitCode"] == 8


@pytest.mark.engine
def test_a_module_without_its_gpu_and_one_that_has_ended(nvidia_engine: Engine) -> None:
    with module(nvidia_engine, "--label", "io.azda.target=jetson", BASE, "sleep", "600"):
        found = doctor(nvidia_engine.environment, "--device", "module")
        assert "without the GPU" in found["module"]["message"]
    with module(nvidia_engine, BASE, "false"):
        nvidia_engine.cli("wait", "ai-pipeline")
        found = doctor(nvidia_engine.environment, "--device", "module")
        assert "does not run (exited)" in found["module"]["message"]


@pytest.mark.engine
def test_the_log_of_a_module_is_read(nvidia_engine: Engine) -> None:
    said = "echo Connected to edgeHub.; echo 'edgeHub cannot be reached: Connection refused.' >&2; sleep 600"
    with module(
        nvidia_engine, "--user", "0", BASE, "sh", "-c", f"mkdir -p /var/lib/azda /tmp/VideoUploaderCache; {said}"
    ):
        found = doctor(nvidia_engine.environment, "--device", "module")
    assert "it does not reach edgeHub: edgeHub cannot be reached" in found["module"]["message"]


@pytest.mark.engine
def test_an_image_is_tried_and_held_against_the_machine(nvidia_engine: Engine) -> None:
    labels = "LABEL io.azda.target=cpu io.azda.release=7.1"
    text = f'FROM {BASE}\n{labels}\nENTRYPOINT ["test", "check", "="]\n'
    nvidia_engine.cli("build", "--tag", "trial:1", "-", stdin=text.encode())
    found = doctor(nvidia_engine.environment, "--device", "--image", "trial:1", "nvidia", "jetpack", "image")
    assert (found["nvidia"]["status"], found["jetpack"]["status"]) == ("ok", "ok")
    assert "pyds imports" in found["image"]["message"], "Debian alone has no pyds"
    assert found["exitCode"] == 8
    assert found["image"]["cure"].startswith(
        "docker run --rm --network none --entrypoint python3 trial:1 -c 'import pyds"
    )
    absent = doctor(nvidia_engine.environment, "--device", "--image", "none:1", "image")
    assert absent["image"]["cure"] == "docker pull none:1"


@pytest.mark.engine
def test_the_port_of_the_pictures_is_taken_by_a_stranger(nvidia_engine: Engine) -> None:
    with socket.socket() as taken:
        try:
            taken.bind(("127.0.0.1", 8554))
        except OSError:
            pytest.skip("somebody has port 8554 here")
        taken.listen()
        found = doctor(nvidia_engine.environment, "--device", "ports")
    assert found["ports"]["message"] == "port 8554 (pictures) is taken by another program"
