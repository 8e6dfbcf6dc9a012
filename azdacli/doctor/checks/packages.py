"""What a user types to get packages, by distribution: what is in the list, and what only a vendor's repository has.

Sources: docs.nvidia.com/datacenter/cloud-native/container-toolkit (install guide), docs.docker.com/engine/install,
learn.microsoft.com/azure/iot-edge (how to provision a device), wiki.debian.org/NvidiaGraphicsDrivers.
"""

from azdacli.doctor.facts.machine import Host
from azdacli.util.apt import install_line

_DEBIANS = ("debian", "ubuntu")
_NVIDIA = "https://nvidia.github.io/libnvidia-container"
_KEYRING = "/usr/share/keyrings/nvidia-container-toolkit-keyring.gpg"
_TOOLKIT = "nvidia-container-toolkit"


def is_debian(host: Host) -> bool:
    """Whether packages come through apt, by the names that Debian and Ubuntu share."""
    return host.distribution in _DEBIANS


def install(host: Host, *packages: str) -> str:
    """Write the line that installs packages, with what they recommend: it asks nothing and reads the lists first."""
    return install_line(packages, "" if host.root else "sudo", recommended=True)


def engine(host: Host) -> str:
    """How the engine is installed; empty where the distribution is not one that we know."""
    return install(host, "docker.io") if is_debian(host) else ""


def buildx(host: Host) -> str:
    """How BuildKit's plugin is installed, beside the distribution's engine or docker.com's."""
    if not is_debian(host):
        return "see https://docs.docker.com/build/install-buildx"
    vendor = f"{install(host, 'docker-buildx-plugin')}    # for the engine from docker.com"
    if (host.distribution, host.release) == ("debian", "12"):
        return (
            f"{vendor}: Debian 12 has no package of its own\n"
            "without docker.com's repository, see https://docs.docker.com/engine/install/debian"
        )
    return f"{install(host, 'docker-buildx')}    # for the distribution's engine\n{vendor}"


def emulation(host: Host) -> str:
    """How arm64 programs get to run; empty where the distribution is not one that we know."""
    return install(host, "qemu-user-static") if is_debian(host) else ""


def toolkit(host: Host, *, is_jetson: bool) -> str:
    """How containers get the GPU; a Jetson has NVIDIA's repository from the start, nobody else has."""
    configure = f"{host.sudo}nvidia-ctk runtime configure --runtime=docker && {host.sudo}systemctl restart docker"
    if is_jetson:
        return f"{install(host, _TOOLKIT)}\n{configure}"
    if not is_debian(host):
        guide = "https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/install-guide.html"
        return f"see {guide}\n{configure}"
    signed = f"sed 's#deb https://#deb [signed-by={_KEYRING}] https://#'"
    listed = f"{host.sudo}tee /etc/apt/sources.list.d/{_TOOLKIT}.list"
    lines = (
        install(host, "ca-certificates", "curl", "gnupg"),
        f"curl -fsSL {_NVIDIA}/gpgkey | {host.sudo}gpg --dearmor --yes --output {_KEYRING}",
        f"curl -fsSL {_NVIDIA}/stable/deb/{_TOOLKIT}.list | {signed} | {listed}",
        install(host, _TOOLKIT),
        configure,
    )
    return "\n".join(lines)


def driver(host: Host) -> str:
    """How NVIDIA's driver is installed."""
    if host.distribution == "ubuntu":
        install_it = f"{host.sudo}ubuntu-drivers install && {host.sudo}reboot"
        return f"{install(host, 'ubuntu-drivers-common')} && {install_it}"
    if host.distribution == "debian":
        return (
            f"{install(host, 'nvidia-driver')} && {host.sudo}reboot    # of Debian's non-free, which must be enabled\n"
            "see https://wiki.debian.org/NvidiaGraphicsDrivers"
        )
    return "see https://www.nvidia.com/drivers"


def iot_edge(host: Host) -> str:
    """How IoT Edge is installed: from Microsoft's repository alone."""
    guide = "see https://learn.microsoft.com/azure/iot-edge/how-to-provision-single-device-linux-symmetric"
    if not is_debian(host):
        return guide
    return f"{install(host, 'aziot-edge')}    # of Microsoft's repository, which must be added first\n{guide}"
