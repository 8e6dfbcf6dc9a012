"""The one line that a user types to install packages on Debian and Ubuntu; it stands on nothing that may be missing."""

from collections.abc import Iterable


def install_line(packages: Iterable[str], administrator: str = "sudo", *, recommended: bool = False) -> str:
    """Write the one line that a user types to install packages: it asks nothing, and reads the lists first.

    Args:
        packages: Their names.
        administrator: "sudo", "su" for a system without it, or "" for a shell that is root's already.
        recommended: Whether they come with the packages that they recommend.
    """
    alone = "" if recommended else "--no-install-recommends "
    update, install = "apt-get update", f"apt-get install --yes {alone}{' '.join(packages)}"
    if administrator == "su":
        return f"su -c '{update} && {install}'"
    prefix = f"{administrator} " if administrator else ""
    return f"{prefix}{update} && {prefix}{install}"
