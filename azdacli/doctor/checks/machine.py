"""What a build needs of the machine: room on the disk, arm64 programs, a clock that is right."""

from collections.abc import Sequence
from datetime import datetime

from azdacli.doctor.checks import packages
from azdacli.doctor.facts.base import GIGABYTE, Base
from azdacli.doctor.facts.engine import EngineFacts
from azdacli.doctor.facts.machine import Emulator, Host
from azdacli.doctor.finding import Finding, failed, passed, unknown, warned
from azdacli.errors import BuildError, RegistryError, SpecError

DISK, EMULATION, CLOCK, PYTHON = "disk", "emulation", "clock", "python"
_SKEW_FAILS = 300  # seconds; Entra ID's and registries' tokens are refused beyond five minutes
_SKEW_WARNS = 30


def check_disk(facts: EngineFacts, free: int | None, base: Base) -> Finding:
    """Whether the engine has room for the base and a build on it."""
    how = "estimated" if base.compressed is None else f"{_gb(base.compressed)} to download"
    need = f"{base.name} needs about {_gb(base.needed)} ({how})"
    details = {"base": base.name, "needed": base.needed, "compressed": base.compressed, "free": free}
    if free is None:
        return unknown(
            DISK,
            f"{need}; how much the engine has free is not known here",
            f"docker run --rm {'debian:12-slim' if base.is_cpu else base.name} df -h /",
            **details,
        )
    location = f"{_gb(free)} are free in {facts.folder}"
    if free >= base.needed:
        return passed(DISK, f"{need}; {location}", **details)
    cure = "docker system df\ndocker system prune"
    if base.compressed is None:
        return warned(DISK, f"{need}; only {location}", cure, **details)
    return failed(DISK, f"{need}; only {location}", cure, BuildError.exit_code, **details)


def _gb(size: int) -> str:
    return f"{size / GIGABYTE:.1f} GB"


def check_emulation(
    facts: EngineFacts, base: Base, emulators: Sequence[Emulator], builds_for: Sequence[str], host: Host
) -> Finding:
    """Whether the engine can run the programs of the base's architecture."""
    wanted = base.platform.removeprefix("linux/")
    own = facts.architecture or host.machine
    if wanted == own:
        return passed(EMULATION, f"{base.platform} is this engine's own architecture; nothing is emulated")
    usable = [one for one in emulators if one.enabled and one.fixed]
    if usable and facts.endpoint.is_local and wanted == "arm64":
        return passed(EMULATION, f"{base.platform} programs run through {usable[0].interpreter}", entry=usable[0].name)
    if any(platform.startswith(base.platform) for platform in builds_for):
        return passed(EMULATION, f"the builder runs {base.platform} programs", platforms=list(builds_for))
    half = [one for one in emulators if not (one.enabled and one.fixed)]
    sentence = f"this {own} engine cannot run {base.platform} programs"
    if half and wanted == "arm64":
        state = "is disabled" if not half[0].enabled else "lacks the flag F, so containers do not see it"
        sentence = f"{sentence}: the kernel's entry {half[0].name} {state}"
    cure = _emulation_cure(wanted, host, facts)
    if base.asked:
        return failed(EMULATION, sentence, cure, BuildError.exit_code)
    return warned(EMULATION, f"{sentence}; images for a Jetson cannot be built", cure)


def _emulation_cure(wanted: str, host: Host, facts: EngineFacts) -> str:
    if wanted == "arm64" and facts.endpoint.is_local and packages.is_debian(host):
        return packages.emulation(host)
    return f"docker run --privileged --rm tonistiigi/binfmt --install {wanted}"


def check_clock(ahead: float | None, source: str, engine_time: str, now: datetime, host: Host) -> Finding:
    """Whether the clock is right: beside a server's on the network, else beside the engine's."""
    cure = _clock_cure(host)
    if ahead is None and engine_time:
        ahead, source = _beside(engine_time, now), "the engine's clock"
    if ahead is None:
        return unknown(CLOCK, f"it is {now:%Y-%m-%d %H:%M:%S} UTC here; no server could be asked", "date -u")
    size = abs(ahead)
    sentence = f"the clock is {size:.0f} s {'ahead of' if ahead > 0 else 'behind'} {source}"
    if size > _SKEW_FAILS:
        return failed(
            CLOCK, f"{sentence}: certificates and tokens will be refused", cure, RegistryError.exit_code, seconds=ahead
        )
    if size > _SKEW_WARNS:
        return warned(CLOCK, sentence, cure, seconds=ahead)
    return passed(CLOCK, f"within {max(size, 1):.0f} s of {source}", seconds=ahead)


def _beside(engine_time: str, now: datetime) -> float | None:
    try:
        there = datetime.fromisoformat(engine_time.partition(".")[0].removesuffix("Z") + "+00:00")
    except ValueError:
        return None
    # A local time with another offset is whole hours off: it says nothing about the seconds.
    return (now - there).total_seconds() if engine_time.endswith("Z") else None


def _clock_cure(host: Host) -> str:
    if host.system == "Darwin":
        return "sudo sntp -sS time.apple.com"
    if host.system == "Windows":
        return "w32tm /resync"
    return f"{host.sudo}timedatectl set-ntp true"


def check_python(host: Host, absent: Sequence[str], cure: str) -> Finding:
    """Whether azdacli's own packages are all there."""
    if absent:
        sentence = f"azdacli's installation lacks {', '.join(absent)}"
        return failed(PYTHON, sentence, cure, SpecError.exit_code, missing=list(absent))
    return passed(PYTHON, f"Python {host.python} on {host.system} {host.machine}; all packages are there")
