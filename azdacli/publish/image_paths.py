"""Where the files of a layer land in an image that is not here to be looked at."""

from pathlib import PurePosixPath

from azdacli.errors import SpecError

# Folders whose modes or links belong to the base (Debian and Ubuntu with merged /usr): a layer that names them would
# change them for all that is below.
_FOREIGN = ("/tmp", "/var/tmp", "/root", "/proc", "/sys", "/dev", "/run")  # noqa: S108 # paths in an image
_LINKS = {
    "/bin": "/usr/bin",
    "/sbin": "/usr/sbin",
    "/lib": "/usr/lib",
    "/lib64": "/usr/lib64",
    "/var/run": "/run",
    "/var/lock": "/run/lock",
}


def landed(root: PurePosixPath, release: str) -> PurePosixPath:
    """Follow the links that are in every base: a folder in an archive would take a link's place.

    Args:
        root: An absolute path in the image.
        release: The base's DeepStream release: its folder is what NVIDIA's link `deepstream` leads to.

    Raises:
        SpecError: It goes where a layer must not reach.
    """
    links = {**_LINKS, "/opt/nvidia/deepstream/deepstream": f"/opt/nvidia/deepstream/deepstream-{release}"}
    for link, target in links.items():
        if root.is_relative_to(link):
            root = PurePosixPath(target) / root.relative_to(link)
    for folder in _FOREIGN:
        if root.is_relative_to(folder):
            raise SpecError(
                f"publish cannot add to {root}: the mode of {folder} belongs to the base image",
                hint="Choose a folder of your own, such as /custom-assets, or use `azdacli create`.",
            )
    return root
