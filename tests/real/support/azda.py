"""The command line as a user runs it: a child process beside one engine, in one working folder."""

import os
import pty
import re
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from support.engines import Engine

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "examples" / "blob-detector" / "custom-assets"
DEEPSTREAM = "nvcr.io/nvidia/deepstream:7.1-samples-multiarch"
TRITON = "nvcr.io/nvidia/deepstream:7.1-triton-multiarch"
CPU_BASE = "docker.io/library/debian:12-slim"
# What a program writes to move the cursor.
MOVES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


@dataclass
class Azda:
    """Runs azdacli beside an engine.

    Attributes:
        engine: The engine that it finds.
        folder: Its working folder.
        settings: More environment, as a site would set it.
    """

    engine: Engine
    folder: Path
    settings: dict[str, str] = field(default_factory=dict)

    def __call__(
        self, *words: str, stdin: str = "", check: bool = True, **environment: str
    ) -> "subprocess.CompletedProcess[str]":
        """Run to the end; with `check` a failure shows what it said."""
        answer = subprocess.run(
            [sys.executable, "-m", "azdacli", *words],
            cwd=self.folder,
            env=self.environment(**environment),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert not check or answer.returncode == 0, answer.stderr[-4000:]
        return answer

    def start(self, *words: str, **environment: str) -> "subprocess.Popen[str]":
        """Start and do not wait."""
        return subprocess.Popen(
            [sys.executable, "-m", "azdacli", *words],
            cwd=self.folder,
            env=self.environment(**environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def typed(self, line: str, answer: str) -> tuple[int, str]:
        """Type a line into a shell on a terminal, answer the one question that it asks; code and what was shown."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.folder)
            shell = f"azdacli() {{ '{sys.executable}' -m azdacli \"$@\"; }}; {line}"
            os.execvpe("bash", ["bash", "-c", shell], self.environment())
        shown = b""
        try:
            asked = False
            while chunk := os.read(terminal, 4096):
                shown += chunk
                if not asked and b"assword" in shown:
                    asked = True
                    os.write(terminal, f"{answer}\n".encode())
        except OSError:
            pass  # the other end of a pseudo-terminal closes with an error
        finally:
            os.close(terminal)
        _, status = os.waitpid(pid, 0)
        return os.waitstatus_to_exitcode(status), MOVES.sub("", shown.decode(errors="replace"))

    def environment(self, **more: str) -> dict[str, str]:
        """What the child sees: this engine, our own package, and the site's settings."""
        return {**self.engine.environment, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", **self.settings, **more}


def site_settings(folder: Path, *, arch: str) -> dict[str, str]:
    """What a site without GitHub, behind a proxy with its own certificates, sets once."""
    settings = {"AZDA_NETWORK": "host", "AZDA_PYDS_WHEEL": str(pyds_stand_in(folder, arch))}
    bundle = os.environ.get("PIP_CERT") or os.environ.get("REQUESTS_CA_BUNDLE")
    if bundle:
        settings["AZDA_CA_BUNDLE"] = bundle
    index = os.environ.get("PIP_INDEX_URL")
    return {**settings, "AZDA_PIP_INDEX_URL": index} if index else settings


def pyds_stand_in(folder: Path, arch: str) -> Path:
    """Make a wheel named as NVIDIA names theirs, for the one part that cannot be had here."""
    wheel = folder / f"pyds-1.2.0-py3-none-linux_{MACHINES[arch]}.whl"
    about = "pyds-1.2.0.dist-info"
    files = {
        "pyds.py": '"""Stands in for the compiled bindings."""\n',
        f"{about}/METADATA": "Metadata-Version: 2.1\nName: pyds\nVersion: 1.2.0\n",
        f"{about}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: py3-none-linux_{MACHINES[arch]}\n",
        f"{about}/RECORD": "",
    }
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in files.items():  # of no time: an engine that installed it once has it in its cache
            archive.writestr(zipfile.ZipInfo(name), text)
    return wheel
