"""Where a path that a configuration names is looked up: one rule for the runtime and for whoever checks before it."""

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

# What NVIDIA's base image and the distribution bring. No list of an image's assets names those files.
BASE_FOLDERS = (
    *("/opt/nvidia", "/opt/tritonserver", "/opt/azda", "/usr", "/etc", "/bin", "/sbin", "/lib", "/lib64", "/dev"),
)
_MOST_LINKS = 40  # as the Linux kernel follows (MAXSYMLINKS)


def locations(path: str, roots: Iterable[str]) -> Iterator[str]:
    """Say where a path may lead to.

    Args:
        path: Absolute, or relative to one of the roots.
        roots: Absolute folders: the archive's root, its folder, then the image's folders, in the order of `--add`.

    Yields:
        Absolute paths; the first that is a file is meant.
    """
    if path.startswith("/"):
        yield path
        return
    for root in roots:
        yield posixpath.join(root, path)


def beside(file: str, path: str) -> str:
    """The absolute path that a file of settings means: relative to its own folder, as nvinfer and Triton read it."""
    return next(locations(path, [posixpath.dirname(file)]))


def in_base(path: str) -> bool:
    """Whether an absolute path leads into folders of the base image, whose files are not listed."""
    plain = posixpath.normpath(path)
    return any(plain == folder or plain.startswith(f"{folder}/") for folder in BASE_FOLDERS)


class Paths:
    """The files of an image by their absolute paths; one is looked up in the same time however many there are.

    Args:
        files: Regular files.
        folders: Folders that may be empty; those with files need not be named.
        links: Symbolic links, and what each points to.
    """

    def __init__(
        self, files: Sequence[str], folders: Iterable[str] = (), links: Mapping[str, str] | None = None
    ) -> None:
        self.files = frozenset(files)
        self._links = dict(links or {})
        self._by_name: defaultdict[str, list[str]] = defaultdict(list)
        self._by_folder: defaultdict[str, list[str]] = defaultdict(list)
        self.folders: set[str] = {"/"}
        for folder in folders:
            self._add_folder(folder.rstrip("/"))
        for path in dict.fromkeys((*files, *self._links)):
            folder, _, name = path.rpartition("/")
            self._by_name[name].append(path)
            self._by_folder[folder].append(path)
        for folder in self._by_folder:
            self._add_folder(folder)

    def resolve(self, path: str) -> str | None:
        """Follow links, `.` and `..` as the kernel does; None where a folder on the way does not exist."""
        waiting = [part for part in reversed(path.split("/")) if part not in ("", ".")]
        now, followed = "", 0
        while waiting:
            part = waiting.pop()
            if part == "..":
                if now and now not in self.folders and not in_base(now):
                    return None
                now = now.rpartition("/")[0]
                continue
            now = f"{now}/{part}"
            link = self._links.get(now)
            if link is None:
                continue
            followed += 1
            if followed > _MOST_LINKS:
                return None
            now = "" if link.startswith("/") else now.rpartition("/")[0]
            waiting.extend(part for part in reversed(link.split("/")) if part not in ("", "."))
        return now or "/"

    def holds(self, path: str) -> bool:
        """Whether a path leads to a file or a folder."""
        found = self.resolve(path)
        return found is not None and (found in self.files or found in self.folders)

    def named(self, name: str) -> Sequence[str]:
        """The files of a name, wherever they are."""
        return sorted(self._by_name.get(name, ()))

    def within(self, folder: str) -> Sequence[str]:
        """The files that are in a folder itself."""
        return sorted(self._by_folder.get(folder, ()))

    def all_folders(self) -> Iterator[str]:
        """The folders that have files in them."""
        yield from self._by_folder

    def owns(self, path: str) -> bool:
        """Whether the first folder of an absolute path is one of these files': a volume is hardly mounted over it."""
        return f"/{path.split('/')[1]}" in self.folders

    def _add_folder(self, folder: str) -> None:
        while folder not in self.folders and folder:
            self.folders.add(folder)
            folder = folder.rpartition("/")[0]
