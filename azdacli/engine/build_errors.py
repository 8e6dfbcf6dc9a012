"""What a failed build means for the user: the step, the reason, and what to do next.

Both builders report here, so that the same failure reads the same whichever engine ran it.
"""

import re
from collections import deque
from collections.abc import Iterable

from azdacli.errors import BuildError

LAST_LINES = 15

_HINTS = (
    (
        re.compile(r"no space left on device|disk quota exceeded", re.IGNORECASE),
        "The engine's disk is full: free some with `docker system prune`, or move its data-root.",
    ),
    (
        re.compile(r"exec format error", re.IGNORECASE),
        (
            "This machine cannot run programs of that platform: install qemu-user-static (Debian, Ubuntu) or run "
            "`docker run --privileged --rm tonistiigi/binfmt --install arm64`."
        ),
    ),
    (
        re.compile(r"certificate verify failed|self[- ]signed certificate|x509:", re.IGNORECASE),
        "A proxy seems to open TLS connections: hand over its certificates with --ca-bundle FILE.",
    ),
    (
        re.compile(r"THESE PACKAGES DO NOT MATCH THE HASHES|hash mismatch", re.IGNORECASE),
        "A file is not the one that was pinned: a mirror or a proxy changed it, or it was published anew.",
    ),
    (
        re.compile(r"could not resolve|temporary failure in name resolution|network is unreachable", re.IGNORECASE),
        "The build has no network: check the engine's DNS and proxy, or try --network host.",
    ),
)
_BASE_ABSENT = re.compile(
    r"manifest unknown|manifest for .* not found|pull access denied|repository does not exist|"
    r"failed to resolve source metadata|no such image|failed to do request|no match for platform",
    re.IGNORECASE,
)
_BASE_HINT = (
    "Check that the engine can pull it: `docker pull` it by hand (nvcr.io may need `docker login nvcr.io`), or name "
    "another with --base-image or a mirror with --base-registry."
)


class Transcript:
    """Remembers the current step of a build and the last lines that it printed."""

    def __init__(self) -> None:
        self.step = ""
        self.lines: deque[str] = deque(maxlen=LAST_LINES)

    def begin(self, step: str) -> None:
        """Start a step."""
        self.step = step
        self.lines.clear()

    def add(self, line: str) -> None:
        """Remember a line that the step printed."""
        if line.strip():
            self.lines.append(line.rstrip())

    def failed(self, reason: str) -> BuildError:
        """Say what the failure means."""
        return explain(self.step, reason, self.lines)


def explain(step: str, reason: str, log: Iterable[str] = ()) -> BuildError:
    """Make the error of a failed step.

    Args:
        step: The instruction, as the engine names it; empty when the build never got that far.
        reason: What the engine said.
        log: The last lines that the step printed.
    """
    lines = tuple(log)
    text = "\n".join((*lines, reason))
    if _BASE_ABSENT.search(reason) and (not step or "FROM" in step or "load metadata" in step):
        return BuildError(f"the engine cannot get the base image: {_one_line(reason)}", hint=_BASE_HINT)
    hint = next((hint for pattern, hint in _HINTS if pattern.search(text)), None)
    where = f"the step `{_one_line(step)}` failed" if step else "the build failed"
    return BuildError(
        f"{where}: {_one_line(reason)}",
        hint=hint or ("The output of the step is above." if lines else None),
        log=lines,
    )


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    longest = 300
    return line if len(line) <= longest else f"{line[:longest]}…"
