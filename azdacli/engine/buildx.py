"""BuildKit through `docker buildx build`, with the context on its standard input."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from azdacli.engine.base import PROXIES, BuildOptions, Engine
from azdacli.engine.build_errors import Transcript
from azdacli.errors import EngineError
from azdacli.events import Listener, Progress

_LINE = re.compile(r"^#(?P<number>\d+) (?P<text>.*)$")
_TIMED = re.compile(r"^\d+\.\d+ (?P<text>.*)$")
_OWN_DRIVER = re.compile(r"^Driver:\s+docker$", re.MULTILINE)
_NO_ENGINE = re.compile(
    r"cannot connect to the docker daemon|connection refused|no such file or directory", re.IGNORECASE
)
_GONE = re.compile(r"error reading from server: EOF|connection reset|transport is closing|Unavailable", re.IGNORECASE)


def available() -> bool:
    """Whether there is a docker CLI with the buildx plugin."""
    program = shutil.which("docker")
    if program is None:
        return False
    answer = subprocess.run([program, "buildx", "version"], capture_output=True, check=False)  # fixed words
    return answer.returncode == 0


class Buildx:
    """Builds with BuildKit; see `azdacli.engine.base.Builder`.

    Args:
        engine: The engine that buildx loads the image into; it says by which digest it knows the image.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def build(self, context: Iterable[bytes], options: BuildOptions, listener: Listener) -> str:
        """Build and return the image's id; no attestation, so that the tag stays a plain manifest."""
        program = shutil.which("docker")
        if program is None:
            raise EngineError("there is no `docker` program to run buildx with", hint="Use --builder sdk.")
        with tempfile.TemporaryDirectory(prefix="azdacli-") as folder:
            answer = Path(folder, "metadata.json")
            words = [*_words(options, answer), *_output(program), "-"]
            with _started([program, *words]) as child:
                log = _Log(listener)
                reader = threading.Thread(target=log.read, args=(child.stderr,), daemon=True)
                reader.start()
                _feed(child, context)
                child.wait()
                reader.join()
            if child.returncode != 0:
                raise log.failure(child.returncode)
            return self._loaded(json.loads(answer.read_text(encoding="utf-8")))

    def _loaded(self, metadata: dict[str, Any]) -> str:
        """An engine with the containerd store knows an image by its manifest's digest, others by its config's."""
        for name in ("containerimage.digest", "containerimage.config.digest"):
            if metadata.get(name):
                with contextlib.suppress(EngineError):
                    return self._engine.inspect(metadata[name]).id
        raise EngineError("buildx built the image, but the engine does not hold it", hint="Use --builder sdk.")


class _Log:
    """Follows buildx's plain progress: `#7 [system 2/3] RUN …`, then `#7 0.5 a line`, then `#7 ERROR: …`."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self._steps: dict[str, Transcript] = {}
        self._failed: tuple[str, str] | None = None
        self._loose: list[str] = []

    def read(self, stream: IO[bytes]) -> None:
        for raw in stream:
            line = raw.decode("utf-8", errors="replace").rstrip()
            match = _LINE.match(line)
            if match:
                self._step(match["number"], match["text"])
            elif line:
                self._loose.append(line)

    def failure(self, code: int) -> EngineError:
        if self._failed:
            number, reason = self._failed
            return self._steps[number].failed(reason)
        said = [line for line in self._loose if line.startswith("ERROR")] or self._loose[-1:]
        reason = said[-1].removeprefix("ERROR:").strip() if said else f"docker buildx ended with exit code {code}"
        if _NO_ENGINE.search(reason):
            return EngineError(f"no container engine answers: {reason}", hint="Start Docker, then run this again.")
        if _GONE.search(reason):
            return EngineError(
                f"the engine stopped answering: {reason}", hint="Check its log, restart it, and run this command again."
            )
        return Transcript().failed(reason)

    def _step(self, number: str, text: str) -> None:
        step = self._steps.get(number)
        timed = _TIMED.match(text)
        if step is None:
            step = self._steps[number] = Transcript()
            step.begin(text)
            self._listener(Progress(text=text, item="step"))
        elif text.startswith("ERROR: "):
            self._failed = (number, text.removeprefix("ERROR: "))
        elif text == "CACHED":
            self._listener(Progress(text=f"cached: {step.step}", item="step"))
        elif timed:
            step.add(timed["text"])
            self._listener(Progress(text=timed["text"]))


def _words(options: BuildOptions, answer: Path) -> list[str]:
    words = ["buildx", "build", "--progress", "plain", "--provenance=false", "--sbom=false"]
    words += ["--metadata-file", str(answer), "--tag", options.tag, "--file", options.dockerfile]
    if options.platform:
        words += ["--platform", options.platform]
    if options.no_cache:
        words.append("--no-cache")
    if options.network:
        words += ["--network", options.network]
    # By name only: docker takes the values from the environment, so that a proxy's password is on no argv.
    names = [name for upper in PROXIES for name in (upper, upper.lower())]
    for name in names:
        if os.environ.get(name):
            words += ["--build-arg", name]
    return words


def _output(program: str) -> list[str]:
    """Have the image loaded into the engine.

    The engine's own BuildKit compresses new layers when it keeps images in containerd: lightly is enough, for
    models hardly shrink and the default level takes twice the time of the whole build. Another driver's image
    travels into the engine as it is.
    """
    answer = subprocess.run([program, "buildx", "inspect"], capture_output=True, text=True, check=False)  # fixed words
    if _OWN_DRIVER.search(answer.stdout):
        return ["--output", "type=image,compression=gzip,compression-level=1"]
    return ["--load"]


@contextlib.contextmanager
def _started(words: list[str]) -> Iterator["subprocess.Popen[bytes]"]:
    child = subprocess.Popen(  # a list of words, no shell
        words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    try:
        yield child
    except BaseException:
        child.terminate()
        child.wait()
        raise
    finally:
        for stream in (child.stdin, child.stderr):
            if stream:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()


def _feed(child: "subprocess.Popen[bytes]", context: Iterable[bytes]) -> None:
    """Hand the context over; when the child stops reading it has failed and says why by itself."""
    assert child.stdin is not None  # noqa: S101 # for mypy: it was asked for
    with contextlib.suppress(BrokenPipeError):
        for chunk in context:
            child.stdin.write(chunk)
    with contextlib.suppress(BrokenPipeError):
        child.stdin.close()
