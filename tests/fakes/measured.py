"""azdacli as a child process whose memory is measured."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOST = 200 * 1024  # kilobytes, as ru_maxrss counts them
# Runs the words after it, and then tells the peak of their memory; in between, because a child's starts from that of
# the process that started it.
_PEAK = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[2:])
open(sys.argv[1], "w").write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))
sys.exit(done.returncode)
"""


@dataclass(frozen=True)
class Measured:
    """How a run ended."""

    code: int
    out: str
    err: str
    peak: int

    def check_refused(self, *codes: int) -> None:
        """One clear sentence and an exit code of ours, with little memory and no traceback."""
        assert self.code in codes, (self.code, self.err)
        assert "Traceback" not in self.err, self.err
        assert "error: " in self.err
        assert self.peak < MOST, f"{self.peak} kB"


def run(folder: Path, *words: str, stdin: str = "", seconds: float = 60, **environment: str) -> Measured:
    """Run azdacli in a folder that is also its home."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AZDA_", "AZURE_"))}
    peak = folder / ".peak"
    done = subprocess.run(
        [sys.executable, "-c", _PEAK, str(peak), sys.executable, "-m", "azdacli", *words],
        cwd=folder,
        env={
            **clean,
            "PYTHONPATH": str(ROOT),
            "HOME": str(folder),
            "DOCKER_CONFIG": str(folder),
            "AZDA_CACHE_DIR": str(folder / ".cache"),
            **environment,
        },
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )
    return Measured(done.returncode, done.stdout, done.stderr, int(peak.read_text()))
