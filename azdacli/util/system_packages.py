"""Which packages of the distribution are needed for what: the one list, `data/system_packages.toml`, read once."""

import functools
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from azdacli.errors import SpecError
from azdacli.util import resources

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LOADER = "gstreamer1.0-python3-plugin-loader"  # of `simulate`: makes classes of Python into elements
VENV, SIMULATE, BINDING, RTSP, TOOLS, TESTS = "venv", "simulate", "binding", "rtsp", "tools", "tests"
_PACKAGE = re.compile(r"^[a-z0-9][a-z0-9+.-]+$")  # deb-control(5), Package


@dataclass(frozen=True, kw_only=True, slots=True)
class Distribution:
    """A release of a distribution that is tested.

    Attributes:
        name: For a person, as "Debian 12".
        id: As /etc/os-release has it.
        version: VERSION_ID of /etc/os-release.
        python: The version of its /usr/bin/python3.
        elements: Elements of GStreamer that another package brings here than elsewhere; empty for none.
    """

    name: str
    id: str
    version: str
    python: str
    elements: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Purpose:
    """What some packages are for."""

    what: str
    packages: tuple[str, ...]

    def __post_init__(self) -> None:
        for package in self.packages:
            _demand(bool(_PACKAGE.match(package)), f"'{package}' is not a package name")


@dataclass(frozen=True, kw_only=True, slots=True)
class SystemPackages:
    """The list.

    Attributes:
        distributions: The releases that it was read from.
        purposes: Name of a purpose -> its packages.
        elements: Element of GStreamer -> the package that brings it.
        typelibs: Name in `gi.repository` -> the package that brings it.
        unpackaged: Elements that are used where they are and packed nowhere.
    """

    distributions: tuple[Distribution, ...]
    purposes: Mapping[str, Purpose]
    elements: Mapping[str, str]
    typelibs: Mapping[str, str]
    unpackaged: frozenset[str]

    def __post_init__(self) -> None:
        listed = {package for purpose in self.purposes.values() for package in purpose.packages}
        named = {*self.elements.values(), *self.typelibs.values()} - {_CORE}
        _demand(named <= listed, f"no purpose has {', '.join(sorted(named - listed))}")
        both = self.unpackaged & set(self.elements)
        _demand(not both, f"{', '.join(sorted(both))} cannot be packed and unpackaged")

    def packages(self, *purposes: str) -> tuple[str, ...]:
        """List the packages for some purposes, sorted, each once."""
        return tuple(sorted({package for name in purposes for package in self.purposes[name].packages}))

    def distribution(self, os_release: Mapping[str, str]) -> Distribution | None:
        """Find the row of a machine; None where it is none of those that are tested.

        Args:
            os_release: What /etc/os-release says.
        """
        own = (os_release.get("ID"), os_release.get("VERSION_ID"))
        return next((each for each in self.distributions if (each.id, each.version) == own), None)

    def bringing(self, elements: Iterable[str], distribution: Distribution | None = None) -> tuple[str, ...]:
        """List the packages that bring some elements, sorted, each once; what is packed nowhere brings none."""
        moved = distribution.elements if distribution else {}
        found = {moved.get(name, self.elements.get(name)) for name in elements}
        return tuple(sorted(package for package in found if package))


_CORE = "libgstreamer1.0-0"  # comes with each of the others


@functools.cache
def load(path: Path = resources.DATA / "system_packages.toml") -> SystemPackages:
    """Read the list.

    Raises:
        SpecError: The file is not whole.
    """
    with path.open("rb") as file:
        tables = tomllib.load(file)
    return SystemPackages(
        distributions=tuple(Distribution(**row) for row in tables["distribution"]),
        purposes={
            name: Purpose(what=row["what"], packages=tuple(row["packages"])) for name, row in tables["purpose"].items()
        },
        elements=_turned(tables["elements"]),
        typelibs=_turned(tables["typelibs"]),
        unpackaged=frozenset(tables["unpackaged"]["elements"]),
    )


def _turned(by_package: Mapping[str, list[Any]]) -> dict[str, str]:
    turned = {name: package for package, names in by_package.items() for name in names}
    _demand(len(turned) == sum(map(len, by_package.values())), "an element or typelib is listed twice")
    return turned


def _demand(condition: bool, otherwise: str) -> None:
    if not condition:
        raise SpecError(f"the list of system packages is not whole: {otherwise}")
