"""What each check makes of what was seen: facts in, findings out."""

from datetime import datetime, timezone
from typing import Any

import pytest

from azdacli.doctor.checks import device, engine, gstreamer, machine, module, network, nvidia, registry
from azdacli.doctor.facts.base import Base
from azdacli.doctor.facts.device import DeviceFacts, ImageFacts, ModuleFacts, Port, Trial, Volume
from azdacli.doctor.facts.engine import BuilderFacts, EngineFacts
from azdacli.doctor.facts.gstreamer import GStreamerFacts
from azdacli.doctor.facts.machine import BrokenBundle, Emulator, Entry, Host, Trouble, Visit
from azdacli.doctor.facts.registry import SignIn
from azdacli.doctor.finding import Finding, Report, Status, failed, passed, unknown, warned
from azdacli.engine.endpoint import Endpoint
from azdacli.util import system_packages

DEBIAN = Host(system="Linux", machine="amd64", python="3.11.2", distribution="debian")
ROOT = Host(system="Linux", machine="amd64", python="3.11.2", distribution="debian", root=True)
MAC = Host(system="Darwin", machine="arm64", python="3.12.1")
SOCKET = Endpoint(address="unix:///var/run/docker.sock", source="default")
INFO = {"Architecture": "x86_64", "Driver": "overlay2", "DockerRootDir": "/var/lib/docker"}
DOCKER = EngineFacts(endpoint=SOCKET, version={"Version": "26.1.5"}, info=INFO, prefers_buildkit=True)
GIGABYTE = 1_000_000_000


def away(trouble: Trouble, endpoint: Endpoint = SOCKET) -> EngineFacts:
    return EngineFacts(endpoint=endpoint, trouble=trouble, detail="the system's word")


@pytest.mark.parametrize(
    ("facts", "host", "cure"),
    [
        (
            away(Trouble.ABSENT),
            DEBIAN,
            "sudo apt-get update && sudo apt-get install --yes docker.io && sudo systemctl start docker",
        ),
        (away(Trouble.ABSENT), ROOT, "apt-get update && apt-get install --yes docker.io && systemctl start docker"),
        (away(Trouble.REFUSED), DEBIAN, "sudo systemctl start docker"),
        (away(Trouble.ABSENT), MAC, "open -a Docker"),
        (away(Trouble.DENIED), DEBIAN, 'sudo usermod -aG docker "$USER"\nand log in again'),
        (away(Trouble.SILENT, Endpoint(address="tcp://far:2375", source="DOCKER_HOST")), DEBIAN, "unset DOCKER_HOST"),
        (
            away(Trouble.UNRESOLVED, Endpoint(address="tcp://far:2375", source="DOCKER_HOST")),
            DEBIAN,
            "unset DOCKER_HOST",
        ),
    ],
)
def test_an_engine_that_does_not_answer_has_the_cure_of_its_trouble(facts: EngineFacts, host: Host, cure: str) -> None:
    finding = engine.check_engine(facts, host)
    assert (finding.status, finding.exit_code) == (Status.FAILED, 5)
    assert cure in finding.cure
    assert "the system's word" in finding.message


def test_an_engine_that_answers_is_named_with_its_version_and_address() -> None:
    finding = engine.check_engine(DOCKER, DEBIAN)
    assert finding.message == "Docker 26.1.5 answers at unix:///var/run/docker.sock (amd64, storage overlay2)"
    podman = EngineFacts(
        endpoint=SOCKET, version={"Version": "4.3.1", "Components": [{"Name": "Podman Engine"}]}, info=INFO
    )
    assert engine.check_engine(podman, DEBIAN).message.startswith("Podman 4.3.1")


def test_a_context_that_cannot_be_read_fails_and_one_that_is_overridden_warns() -> None:
    broken = Endpoint(address="", source="context 'far'", context="far", problem="docker has no context 'far'")
    assert engine.check_context(broken).cure == "docker context ls\ndocker context use default"
    hidden = Endpoint(address="unix:///x", source="DOCKER_HOST", context="far")
    assert engine.check_context(hidden).status is Status.WARNING
    assert engine.check_context(SOCKET).status is Status.OK


@pytest.mark.parametrize(
    ("builder", "facts", "status", "words"),
    [
        (BuilderFacts(docker=True, buildx="0.13.1", name="default", driver="docker"), DOCKER, Status.OK, "BuildKit"),
        (BuilderFacts(docker=True), DOCKER, Status.WARNING, "the classic builder is taken"),
        (BuilderFacts(docker=True, buildx="0.13.1", name="far", problem="no such host"), DOCKER, Status.FAILED, "far"),
        (BuilderFacts(docker=False), EngineFacts(endpoint=SOCKET, info=INFO), Status.OK, "the classic builder"),
    ],
)
def test_the_builder_is_the_one_that_create_takes(
    builder: BuilderFacts, facts: EngineFacts, status: Status, words: str
) -> None:
    finding = engine.check_builder(builder, facts, DEBIAN)
    assert finding.status is status
    assert words in finding.message


def test_the_disk_fails_only_where_the_size_of_the_base_is_known() -> None:
    known = Base(name="nvcr.io/x:1", platform="linux/arm64", compressed=5 * GIGABYTE)
    guessed = Base(name="nvcr.io/x:1", platform="linux/arm64")
    assert machine.check_disk(DOCKER, 30 * GIGABYTE, known).status is Status.OK
    short = machine.check_disk(DOCKER, 10 * GIGABYTE, known)
    assert (short.status, short.exit_code) == (Status.FAILED, 6)
    assert (
        short.message
        == "nvcr.io/x:1 needs about 21.0 GB (5.0 GB to download); only 10.0 GB are free in /var/lib/docker"
    )
    assert machine.check_disk(DOCKER, 10 * GIGABYTE, guessed).status is Status.WARNING
    assert machine.check_disk(DOCKER, None, known).status is Status.UNKNOWN


JETSON_BASE = Base(name="nvcr.io/x:1", platform="linux/arm64", asked=True)
QEMU = Emulator(name="qemu-aarch64", interpreter="/usr/bin/qemu-aarch64-static", enabled=True, fixed=True)


def test_emulation_goes_by_the_kernel_or_the_builder() -> None:
    def check(base: Base, *emulators: Emulator, builds: tuple[str, ...] = (), facts: EngineFacts = DOCKER) -> Finding:
        return machine.check_emulation(facts, base, emulators, builds, DEBIAN)

    assert check(JETSON_BASE, QEMU).status is Status.OK
    assert check(JETSON_BASE, builds=("linux/amd64", "linux/arm64")).status is Status.OK
    assert check(Base(name="x", platform="linux/amd64")).status is Status.OK
    missing = check(JETSON_BASE)
    assert (missing.status, missing.exit_code) == (Status.FAILED, 6)
    assert missing.cure == "sudo apt-get update && sudo apt-get install --yes qemu-user-static"
    assert check(Base(name="x", platform="linux/arm64")).status is Status.WARNING
    loose = Emulator(name="qemu-aarch64", interpreter="/usr/bin/qemu", enabled=True, fixed=False)
    assert "lacks the flag F" in check(JETSON_BASE, loose).message
    far = EngineFacts(endpoint=Endpoint(address="tcp://far:2375", source="DOCKER_HOST"), info=INFO)
    assert check(JETSON_BASE, QEMU, facts=far).status is Status.FAILED, "another machine's kernel runs the build"


@pytest.mark.parametrize(
    ("ahead", "status"),
    [(2.0, Status.OK), (-40.0, Status.WARNING), (301.0, Status.FAILED), (-86400.0, Status.FAILED)],
)
def test_the_clock_is_held_against_a_server(ahead: float, status: Status) -> None:
    now = datetime(2026, 1, 1, tzinfo=timezone.utc)
    finding = machine.check_clock(ahead, "nvcr.io's", "", now, DEBIAN)
    assert finding.status is status
    if status is not Status.OK:
        assert finding.cure == "sudo timedatectl set-ntp true"


def test_without_a_server_the_clock_is_held_against_the_engine() -> None:
    now = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
    late = machine.check_clock(None, "", "2026-01-01T11:50:00.123456789Z", now, DEBIAN)
    assert (late.status, late.details["seconds"]) == (Status.FAILED, 600.0)
    assert machine.check_clock(None, "", "2026-01-01T13:00:00.1+01:00", now, DEBIAN).status is Status.UNKNOWN
    assert machine.check_clock(None, "", "yesterday", now, DEBIAN).status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("environment", "status", "words"),
    [
        ({}, Status.OK, "none are set"),
        ({"HTTPS_PROXY": "http://u:secret@proxy:3128"}, Status.OK, "https_proxy=***@proxy:3128"),
        ({"https_proxy": "http://a", "HTTPS_PROXY": "http://b"}, Status.WARNING, "differ"),
        ({"HTTPS_PROXY": "http://[::1"}, Status.FAILED, "not an address"),
        ({"http_proxy": "magic://proxy:1"}, Status.FAILED, "magic"),
        ({"no_proxy": "[::1"}, Status.OK, "no_proxy=[::1"),
    ],
)
def test_proxies_are_read_as_programs_read_them(environment: dict[str, str], status: Status, words: str) -> None:
    finding = network.check_proxies(environment)
    assert finding.status is status
    assert words in finding.message
    assert "secret" not in str(finding.as_json())


def test_a_visit_tells_certificates_proxies_and_reach_apart() -> None:
    untrusted = Visit(host="x.azurecr.io", trouble=Trouble.UNTRUSTED, detail="self-signed certificate")
    plain = Visit(host="mirror.example", trouble=Trouble.PLAIN)
    assert "--insecure" in network.check_certificates([plain], [], []).cure
    assert network.check_certificates([plain], [], [], insecure=True).status is Status.OK
    own = Visit(host="localhost:5000", trouble=Trouble.PLAIN)
    assert network.check_certificates([own], [], []).status is Status.OK
    refused = Visit(host="x.azurecr.io", proxy="proxy:3128", trouble=Trouble.DENIED, at_proxy=True, detail="407")
    silent = Visit(host="nvcr.io", trouble=Trouble.SILENT, detail="timed out")
    certificates = network.check_certificates([untrusted], [], ["/etc/ca.pem"])
    assert (certificates.status, certificates.exit_code) == (Status.FAILED, 7)
    assert "export AZDA_CA_BUNDLE=" in certificates.cure
    assert "-connect x.azurecr.io:443" in certificates.cure
    (reached,) = network.check_reach([untrusted], "")
    assert reached.status is Status.OK, "it answered: its certificate is another finding's"
    (proxy,) = network.check_reach([refused], "")
    assert proxy.cure == "export HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT"
    (base,) = network.check_reach([silent], "nvcr.io")
    assert base.status is Status.WARNING
    assert "--base-registry" in base.cure
    bad = BrokenBundle(path="/x.pem", source="", problem="no PEM", is_absent=False)
    assert network.check_certificates([], [bad], ["/x.pem"]).status is Status.FAILED


def test_signing_in() -> None:
    assert registry.check_sign_in(SignIn(registry="r:5000", way="docker")).status is Status.OK
    nobody = registry.check_sign_in(SignIn(registry="r:5000"))
    assert (nobody.status, nobody.cure) == (Status.WARNING, "docker login r:5000")
    refused = registry.check_sign_in(SignIn(registry="pose.azurecr.io", problem="no identity", is_azure=True))
    assert (refused.exit_code, refused.cure) == (7, "az login && az acr login --name pose")


LISTED = system_packages.load()
WHOLE = GStreamerFacts(
    plugins="/a cache/gstreamer-1.bin",
    interpreter="/usr/bin/python3",
    python="3.11.2",
    version="GStreamer 1.22.0",
    packages={"numpy": "1.26.4"},
    elements={"x264enc": True, "textoverlay": True, "nvinfer": True, "av1dec": True},
    required=("x264enc", "nvinfer"),
    typelibs={"Gst": True, "GstRtspServer": True},
)


def lacking(**changes: Any) -> GStreamerFacts:
    import dataclasses  # this helper alone

    return dataclasses.replace(WHOLE, **changes)


def bringing(facts: GStreamerFacts) -> str:
    return f"{facts.interpreter} gets {', '.join(facts.lacking_packages)}"


def test_gstreamer_is_named_element_by_element_with_the_package_that_brings_it() -> None:
    def check(facts: GStreamerFacts) -> tuple[Finding, ...]:
        return gstreamer.check([facts], LISTED, DEBIAN, bringing)

    assert {finding.status for finding in check(WHOLE)} == {Status.OK}
    *_, elements = check(lacking(elements={"x264enc": False, "textoverlay": False, "nvinfer": True}))
    assert (elements.status, elements.exit_code) == (Status.FAILED, 10)
    assert elements.message == "GStreamer lacks x264enc, textoverlay"
    assert elements.cure.endswith("gstreamer1.0-plugins-ugly gstreamer1.0-x")
    assert elements.details["elements"]["x264enc"] == {"found": False, "package": "gstreamer1.0-plugins-ugly"}
    *_, optional = check(lacking(elements={"x264enc": True, "textoverlay": False}))
    assert optional.status is Status.WARNING
    *_, rare = check(lacking(elements={"x264enc": True, "glimagesink": False, "nvinfer": True}))
    assert rare.status is Status.OK, "nobody was told to install it"
    assert "gstreamer1.0-gl" in rare.message
    *_, typelib = check(lacking(typelibs={"GstRtspServer": False}))
    assert typelib.cure.endswith("gir1.2-gst-rtsp-server-1.0")
    *_, own = check(lacking(elements={"nvinfer": False}))
    assert "gstreamer-1.bin" in own.cure, "an element of ours is absent where the list of plugins is stale"
    _, packages, _ = check(lacking(packages={"numpy": None}))
    assert packages.cure == "/usr/bin/python3 gets numpy"


def test_the_simulators_elements_are_absent_because_of_what_they_stand_on() -> None:
    def check(**changes: Any) -> Finding:
        facts = lacking(elements={"x264enc": True, "glimagesink": False, "nvinfer": False}, **changes)
        return gstreamer.check([facts], LISTED, DEBIAN, bringing)[-1]

    packages = check(packages={"numpy": None})
    assert packages.message == "the simulator's nvinfer cannot be made without numpy"
    assert packages.cure == "/usr/bin/python3 gets numpy"
    loader = check(loader=False)
    assert loader.message == "the simulator's nvinfer cannot be made without GStreamer's Python loader"
    assert loader.cure.endswith("--no-install-recommends gstreamer1.0-python3-plugin-loader")
    both = check(loader=False, packages={"numpy": None})
    assert both.message.endswith("without GStreamer's Python loader, numpy")
    assert both.cure == f"{loader.cure}\n{packages.cure}"
    neither = check()
    assert neither.cure == "rm -f '/a cache/gstreamer-1.bin'"
    assert {each.exit_code for each in (packages, loader, both, neither)} == {10}
    assert system_packages.LOADER in LISTED.packages(system_packages.SIMULATE)


def test_an_element_comes_in_the_package_that_it_has_on_this_distribution() -> None:
    def check(host: Host, element: str) -> Finding:
        return gstreamer.check([lacking(elements={element: False}, required=())], LISTED, host, bringing)[-1]

    jammy = Host(system="Linux", machine="amd64", python="3.10.12", distribution="ubuntu", release="22.04")
    bookworm = Host(system="Linux", machine="amd64", python="3.11.2", distribution="debian", release="12")
    assert check(bookworm, "jpegparse").cure.endswith(" gstreamer1.0-plugins-bad")
    moved = check(jammy, "jpegparse")
    assert moved.cure.endswith(" gstreamer1.0-plugins-good")
    assert moved.details["elements"]["jpegparse"]["package"] == "gstreamer1.0-plugins-good"
    assert check(bookworm, "videoconvertscale").status is Status.WARNING
    assert check(jammy, "videoconvertscale").status is Status.OK, "no package has it there"
    assert check(bookworm, "avdec_av1").status is Status.OK


def test_without_the_binding_one_line_installs_it_and_other_systems_are_unproven() -> None:
    absent = lacking(binding="ModuleNotFoundError: No module named 'gi'", elements={})
    (finding,) = gstreamer.check([absent], LISTED, DEBIAN, bringing)
    assert (finding.status, finding.exit_code) == (Status.FAILED, 10)
    assert "python3-gst-1.0" in finding.cure
    (mac,) = gstreamer.check([absent], LISTED, MAC, bringing)
    assert mac.status is Status.UNKNOWN
    assert "--device-type CPU" in mac.cure


TEGRA = "# R36 (release), REVISION: 4.3, GCID: 38968081, BOARD: generic, EABI: aarch64"
ORIN = DeviceFacts(tegra=TEGRA)
PC = DeviceFacts(gpus=(("NVIDIA RTX A2000", "535.183.06"),), has_hook=True)


def image(target: str, l4t: str = "", driver: str = "") -> ImageFacts:
    labels = {"io.azda.target": target, "io.azda.jetpack": "6.1"} if target else {}
    return ImageFacts(name="pose:1", labels=labels, l4t=l4t, driver=driver)


@pytest.mark.parametrize(
    ("facts", "against", "status"),
    [
        (ORIN, image("jetson", "36.4"), Status.OK),
        (ORIN, image("jetson", "36.3"), Status.WARNING),
        (ORIN, image("jetson", "38.2"), Status.FAILED),
        (ORIN, image("dgpu"), Status.FAILED),
        (ORIN, image("cpu"), Status.OK),
        (ORIN, image(""), Status.UNKNOWN),
        (ORIN, None, Status.UNKNOWN),
        (PC, image("dgpu"), Status.OK),
        (PC, image("jetson", "36.4"), Status.FAILED),
        (PC, ImageFacts(name="pose:1", problem="the engine does not hold it"), Status.FAILED),
    ],
)
def test_the_jetpack_is_held_against_the_images_label(
    facts: DeviceFacts, against: ImageFacts | None, status: Status
) -> None:
    assert nvidia.check_jetpack(facts, against).status is status


@pytest.mark.parametrize(
    ("facts", "runtimes", "against", "status"),
    [
        (ORIN, ["nvidia", "runc"], None, Status.OK),
        (ORIN, ["runc"], None, Status.FAILED),
        (PC, ["runc"], None, Status.OK),
        (DeviceFacts(gpus=PC.gpus), ["runc"], None, Status.FAILED),
        (DeviceFacts(driver_problem="there is no program nvidia-smi"), ["runc"], None, Status.FAILED),
        (DeviceFacts(), ["runc"], image("cpu"), Status.OK),
        (PC, ["nvidia"], image("dgpu", driver="560.35.03"), Status.FAILED),
        (PC, ["nvidia"], image("dgpu", driver="535.104.12"), Status.OK),
    ],
)
def test_containers_get_the_gpu(
    facts: DeviceFacts, runtimes: list[str], against: ImageFacts | None, status: Status
) -> None:
    own = EngineFacts(endpoint=SOCKET, info={"Runtimes": {name: {} for name in runtimes}})
    assert nvidia.check_nvidia(facts, own, against, DEBIAN).status is status


def test_a_port_is_taken_by_a_stranger_or_served_by_the_one_that_should() -> None:
    def port(**changes: Any) -> Port:
        return Port(**{"number": 8554, "serves": "pictures", "free": True, **changes})

    assert device.check_ports([port()]).status is Status.OK
    assert device.check_ports([port(free=False, container="ai-pipeline", ours=True)]).status is Status.OK
    stranger = device.check_ports([port(free=False)])
    assert (stranger.exit_code, stranger.cure) == (8, "sudo ss -ltnp 'sport = :8554'")
    assert device.check_ports([port(free=False, container="other")]).cure == "docker stop other"
    assert device.check_ports([port(free=None)]).status is Status.UNKNOWN


@pytest.mark.parametrize(
    ("entry", "status"),
    [
        (Entry(path="/v", exists=True, owner=10001, mode=0o755), Status.OK),
        (Entry(path="/v", exists=True, owner=0, group=10001, mode=0o775), Status.OK),
        (Entry(path="/v", exists=True, owner=0, mode=0o777), Status.OK),
        (Entry(path="/v", exists=True, owner=0, mode=0o755), Status.FAILED),
        (Entry(path="/v", exists=True, owner=10001, mode=0o555), Status.FAILED),
        (Entry(path="/v", exists=None), Status.UNKNOWN),
        (Entry(path="/v", exists=False), Status.OK),
    ],
)
def test_the_images_user_must_be_able_to_write_to_its_volumes(entry: Entry, status: Status) -> None:
    finding = device.check_volumes([Volume(name="azda-state", target="/var/lib/azda", entry=entry)])
    assert finding.status is status
    if status is Status.FAILED:
        assert finding.cure == "sudo chown -R 10001:10001 /v"


def test_iot_edges_sockets() -> None:
    there = Entry(path="/run/iotedge/workload.sock", exists=True, is_socket=True)
    assert device.check_iot_edge([there], {"edgeHub": True}, installed=True, host=DEBIAN).status is Status.OK
    gone = Entry(path="/run/iotedge/workload.sock", exists=False)
    assert "iotedge system restart" in device.check_iot_edge([gone], {}, installed=True, host=DEBIAN).cure
    folder = Entry(path="/run/iotedge/workload.sock", exists=True)
    assert "is not a socket" in device.check_iot_edge([folder], {}, installed=True, host=DEBIAN).message
    assert "aziot-edge" in device.check_iot_edge([gone], {}, installed=False, host=DEBIAN).cure


def running(
    log: str = "", *, health: str = "healthy", runtime: str = "runc", trials: tuple[Trial, ...] = ()
) -> ModuleFacts:
    state = {"Running": True, "Status": "running", "Health": {"Status": health}}
    document = {"State": state, "HostConfig": {"Runtime": runtime}}
    return ModuleFacts(name="ai-pipeline", document=document, log=log, trials=trials)


@pytest.mark.parametrize(
    ("facts", "target", "status", "words"),
    [
        (running("Connected to edgeHub."), "cpu", Status.OK, "connected to edgeHub"),
        (running("edgeHub cannot be reached: refused\nConnected to edgeHub."), "cpu", Status.OK, "connected"),
        (running("Connected to edgeHub.\nedgeHub cannot be reached: refused"), "cpu", Status.FAILED, "refused"),
        (running("open: Permission denied"), "cpu", Status.FAILED, "Permission denied"),
        (running(health="unhealthy"), "cpu", Status.FAILED, "unhealthy"),
        (running(), "jetson", Status.FAILED, "without the GPU"),
        (running(runtime="nvidia"), "jetson", Status.OK, "runs"),
        (running(trials=(Trial(words="w", asks="it may write", problem="no"),)), "cpu", Status.FAILED, "may write"),
        (ModuleFacts(name="ai-pipeline"), "", Status.UNKNOWN, "no container"),
        (
            ModuleFacts(name="x", document={"State": {"Running": False, "Status": "exited"}}),
            "",
            Status.FAILED,
            "exited",
        ),
    ],
)
def test_a_module_is_judged_by_what_it_shows(facts: ModuleFacts, target: str, status: Status, words: str) -> None:
    finding = module.check_module(facts, target)
    assert finding.status is status
    assert words in finding.message


def test_an_image_is_judged_by_its_trials() -> None:
    good, bad = Trial(words="docker run a", asks="a"), Trial(words="docker run b", asks="b", problem="no pyds")
    assert module.check_image(image("cpu"), [good]).status is Status.OK
    finding = module.check_image(image("cpu"), [good, bad])
    assert (finding.message, finding.cure) == ("pose:1: b: no pyds", "docker run b")


def test_a_report_ends_with_the_code_of_the_first_failure() -> None:
    findings = (
        passed("a", "fine"),
        warned("b", "meh", "do"),
        failed("c", "bad", "cure", 7),
        failed("d", "bad", "x", 5),
    )
    report = Report(findings=findings)
    assert report.exit_code == 7
    assert Report(findings=findings[:2]).exit_code == 0
    assert report.as_json(version="1")["exitCode"] == 7
    assert "        cure: cure" in "\n".join(report.as_lines())
    assert report.summary == "2 failed, 1 warned, 0 unknown, 1 ok"


def test_text_of_other_programs_cannot_write_to_the_terminal() -> None:
    (line, _) = Report(findings=(unknown("a", "x\x1b[31m\ny"),)).as_lines()
    assert line.endswith("x?[31m?y")


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": Status.FAILED, "cure": "x"},
        {"status": Status.OK, "exit_code": 5},
        {"status": Status.WARNING},
        {"status": Status.FAILED, "exit_code": 5},
    ],
)
def test_a_finding_checks_itself(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="a"):
        Finding(check="a", message="m", **wrong)
