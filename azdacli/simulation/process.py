"""Starts the runtime on the simulated DeepStream, as a child process.

What a user's parser does in it, crash, hang or call exit, ends the child alone.
"""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from azdacli.errors import SimulationError
from azdacli.simulation.conversation import Conversation
from azdacli.simulation.environment import SIMULATOR, environment, forget_plugins, is_proven, note_proven
from azdacli.simulation.interpreter import SYSTEM_PYTHON, unable
from azdacli.util import resources, signals

_PREFLIGHT_SECONDS = 120
_STOP_SECONDS = 10
_KILL_SECONDS = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Ended:
    """How the child ended.

    Attributes:
        report: What it said at its end, by pipeline; None when it did not come to that.
        code: Its exit code; negative for the signal that killed it.
        interrupted: Whether Ctrl-C ended it; it was stopped in order.
    """

    report: Mapping[str, Any] | None
    code: int
    interrupted: bool


class Simulator:
    """A Python that can run the simulated DeepStream.

    Args:
        python: The interpreter.
        environment: Of the child.

    Attributes:
        assumed: Whether an earlier run says that nothing is lacking; a run that fails looks whether that is still so.
    """

    def __init__(self, python: str, environment: Mapping[str, str]) -> None:
        self.python = python
        self.environment = environment
        self.assumed = False

    @classmethod
    def find(cls, python: str | None = None, *, release: str = "") -> "Simulator":
        """Find one: the running interpreter where it has GStreamer's binding, else the distribution's.

        Args:
            python: The user's choice.
            release: The DeepStream release to simulate, the simulator's default one without it.

        Raises:
            SimulationError: None has all that is needed; the hint says what to install.
        """
        candidates = [python] if python else list(dict.fromkeys([sys.executable, str(SYSTEM_PYTHON)]))
        lacks: list[Mapping[str, Any]] = []
        for candidate in candidates:
            for scanner in (False, True):
                simulator = cls(candidate, environment(candidate, os.environ, scanner=scanner, release=release))
                simulator.assumed = is_proven(simulator.environment)
                if simulator.assumed:
                    return simulator
                lacking = simulator.lacking()
                if not lacking:
                    note_proven(simulator.environment)
                    return simulator
                if "crashed" not in lacking:
                    break
            lacks.append(lacking)
        raise unable(candidates, lacks)

    def lacking(self) -> Mapping[str, Any]:
        """What it lacks, as the simulator's preflight says; `{"python": reason}` when it cannot be started.

        GStreamer keeps a list of what it found; one that was made where something was missing is not kept.
        """
        found = self._preflight()
        if found:
            forget_plugins(self.environment)
        return found

    def _look_again(self) -> None:
        """Raise what is lacking after all: packages of the distribution may have gone since the run that says not."""
        if self.assumed and (lacking := self.lacking()):
            raise unable([self.python], [lacking])

    def _preflight(self) -> Mapping[str, Any]:
        try:
            done = subprocess.run(  # our own file in an interpreter of this machine
                [self.python, str(SIMULATOR / "preflight.py")],
                env=self.environment,
                capture_output=True,
                timeout=_PREFLIGHT_SECONDS,
                check=False,
            )
            found: Mapping[str, Any] = json.loads(done.stdout.decode().strip().rpartition("\n")[2])
        except OSError as error:
            return {"python": error.strerror}
        except subprocess.TimeoutExpired:
            return {"python": f"it did not answer within {_PREFLIGHT_SECONDS} seconds"}
        except ValueError:
            how = (
                f"ended with exit code {done.returncode}" if done.returncode >= 0 else f"got signal {-done.returncode}"
            )
            return {"python": f"it {how}", "crashed": True}
        return found

    def write_test_video(self, file: Path, pattern: str, seconds: int) -> None:
        """Write a test video.

        Raises:
            SimulationError: It could not be written.
        """
        words = ["video", str(file), "--pattern", pattern, "--seconds", str(seconds)]
        done = subprocess.run(  # our own module
            [self.python, "-m", "azda_runtime", *words],
            env=self.environment,
            cwd=resources.DOCKER_BUILD,
            capture_output=True,
            text=True,
            timeout=_PREFLIGHT_SECONDS + seconds,
            check=False,
        )
        if done.returncode:
            self._look_again()
            line = done.stderr.strip().partition("\n")[0].removeprefix("error: ")
            raise SimulationError(f"the test video could not be made: {line or done.returncode}")

    def run(
        self,
        settings: str,
        words: Sequence[str],
        *,
        parser_timeout: float,
        news: Callable[[Any], None],
        say: Callable[[str], None],
    ) -> Ended:
        """Run the runtime's `run` to its end.

        Args:
            settings: The azdaConfiguration as JSON. It goes to the child's standard input, and into no file that would
                stay when we are killed: it may hold a camera's password.
            words: Its options besides `--status`, `--settings` and `--parser-timeout`.
            parser_timeout: Seconds that a call of a parser may take, of one in Python and of a native one.
            news: Gets its reports of progress.
            say: Gets what it writes on standard error, line by line.

        Raises:
            SimulationError: It reported nothing for too long, and was killed.
        """
        command = [self.python, "-m", "azda_runtime", "run", "--status", "--settings", "-", *words]
        command += ["--parser-timeout", str(parser_timeout)]
        with _child(command, {**self.environment, "AZDA_PARSER_TIMEOUT": str(parser_timeout)}) as child:
            conversation = Conversation(cast("IO[str]", child.stdout), cast("IO[str]", child.stderr), say)
            _hand_in(child, settings)
            interrupted = False
            try:
                report = conversation.listen(news)
            except KeyboardInterrupt:  # a second one ends it at once
                interrupted = True
                child.terminate()
                report = conversation.listen(news)
            code = child.wait(_STOP_SECONDS)
        if code and not interrupted:
            self._look_again()
        return Ended(report=report, code=code, interrupted=interrupted)


@contextlib.contextmanager
def _child(command: Sequence[str], environment: Mapping[str, str]) -> Iterator["subprocess.Popen[str]"]:
    child = subprocess.Popen(  # our own module; no text of a user's gets into the command
        command,
        env=environment,
        cwd=resources.DOCKER_BUILD,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        **signals.own_session(),  # Ctrl-C reaches us alone, and we stop the child in order
    )
    try:
        yield child
    except BaseException:
        child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.communicate(timeout=_STOP_SECONDS)
        raise
    finally:
        if child.poll() is None:
            signals.quit_now(child)  # its keeper ends it at once, with all that a parser started
            try:
                child.wait(_KILL_SECONDS)
            except subprocess.TimeoutExpired:
                signals.kill_session(child)
                child.wait()


def _hand_in(child: "subprocess.Popen[str]", text: str) -> None:
    stream, child.stdin = cast("IO[str]", child.stdin), None
    with contextlib.suppress(OSError):  # its end says that it has ended already
        stream.write(text)
    with contextlib.suppress(OSError):
        stream.close()
