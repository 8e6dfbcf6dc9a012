"""Makes the checks side by side, each within its time; whatever a check runs into becomes a finding."""

import threading
import time
from collections.abc import Callable, Mapping

from azdacli.doctor import device, workstation
from azdacli.doctor.finding import Finding, Report, Status, failed, unknown
from azdacli.doctor.machine import Machine
from azdacli.doctor.options import Options
from azdacli.errors import AzdaError, SpecError

Check = Callable[[Machine], tuple[Finding, ...]]

# Seconds for all checks. The longest waits of the probes within one check add up to less, but for name look-ups,
# which the system does not let us bound.
DEADLINE = 100.0
TRIALS_DEADLINE = 500.0  # with --image, containers are started


def examine(options: Options, *, deadline: float | None = None) -> Report:
    """Make the chosen checks.

    Args:
        options: What to look at.
        deadline: Seconds for all checks; what they need at most without it.

    Raises:
        SpecError: The image that the user would build on is impossible.
    """
    machine = Machine(options)
    if options.names_a_base:
        _refuse_the_impossible(machine)
    checks = _checks()
    if deadline is None:
        deadline = TRIALS_DEADLINE if options.device and options.image else DEADLINE
    running = [_Running(name, checks[name], machine) for name in options.chosen]
    end = time.monotonic() + deadline
    findings = [finding for each in running for finding in each.result(end)]
    return Report(findings=tuple(findings))


def _checks() -> Mapping[str, Check]:
    return {**workstation.CHECKS, **device.CHECKS}


def _refuse_the_impossible(machine: Machine) -> None:
    """End as `create` does where nothing can be built; what is broken here is for the checks to say."""
    try:
        _ = machine.base
    except SpecError:
        raise
    except Exception:  # noqa: BLE001 # whatever it is, the checks that need the base run into it too
        return


class _Running:
    """One check in a thread that may be left behind: a program's end does not wait for it."""

    def __init__(self, name: str, check: Check, machine: Machine) -> None:
        self._name = name
        self._findings: tuple[Finding, ...] = ()
        self._thread = threading.Thread(target=self._run, args=(check, machine), daemon=True)
        self._thread.start()

    def _run(self, check: Check, machine: Machine) -> None:
        try:
            self._findings = check(machine)
        except AzdaError as error:  # one of our own sentences, with its hint
            cure = error.hint or f"azdacli doctor {self._name}    # look again"
            self._findings = (failed(self._name, str(error), cure, error.exit_code),)
        except Exception as error:  # noqa: BLE001 # a broken machine breaks in ways that nobody thought of
            reason = f"{type(error).__name__}: {str(error).partition(chr(10))[0][:200]}"
            self._findings = (unknown(self._name, f"this could not be checked ({reason})"),)

    def result(self, end: float) -> tuple[Finding, ...]:
        """Wait for the findings until a point in time."""
        self._thread.join(max(0.0, end - time.monotonic()))
        if self._thread.is_alive():
            return (
                Finding(check=self._name, status=Status.UNKNOWN, message="no answer within the time for all checks"),
            )
        return self._findings
