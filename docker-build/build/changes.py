"""Carries what a build stage made or changed into the image, and nothing else.

A stage that trusts the user's certificates runs the commands of `--run`. `note` remembers every file before
them; `collect` gathers what is new or changed below `changes/`, from where the image takes it. What the commands
removed stays in the image: it is named on stderr.
"""

import json
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

LOCATION = Path("/azda-build")
LEFT_OUT = ("/azda-build", "/dev", "/proc", "/sys", "/tmp", "/run")  # noqa: S108 # names to pass over
# The engine writes these for each step of a build.
ENGINE_FILES = ("/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/.dockerenv")


def files() -> Iterator[tuple[str, list[int | str]]]:
    """Yield each file, link and folder with what distinguishes a changed one from an unchanged one."""
    for location, folders, names in os.walk("/"):
        folders[:] = [name for name in folders if f"{location.rstrip('/')}/{name}" not in LEFT_OUT]
        for name in [*folders, *names]:
            path = f"{location.rstrip('/')}/{name}"
            if path in ENGINE_FILES:
                continue
            status = os.lstat(path)
            content = [] if stat.S_ISDIR(status.st_mode) else [status.st_size, status.st_mtime_ns]
            yield path, [status.st_mode, status.st_uid, status.st_gid, *content]


def note() -> None:
    """Remember every file."""
    (LOCATION / "before.json").write_text(json.dumps(dict(files())), encoding="utf-8", errors="surrogateescape")


def collect() -> None:
    """Copy what is new or changed below `changes/`, and name what is gone."""
    before = json.loads((LOCATION / "before.json").read_text(encoding="utf-8", errors="surrogateescape"))
    after = dict(files())
    changes = LOCATION / "changes"
    changes.mkdir()
    for path in sorted(after):
        if before.get(path) != after[path]:
            copy(Path(path), changes / path.lstrip("/"))
    for path in sorted(set(before) - set(after)):
        sys.stderr.write(f"removed by --run, but kept in the image: {path}\n")


def copy(source: Path, target: Path) -> None:
    """Copy one file, link or folder with its mode; folders without their contents."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_symlink():
        target.symlink_to(source.readlink())
    elif source.is_dir():
        target.mkdir(exist_ok=True)
        shutil.copystat(source, target)
    elif source.is_file():
        shutil.copy2(source, target)


if __name__ == "__main__":
    {"note": note, "collect": collect}[sys.argv[1]]()
