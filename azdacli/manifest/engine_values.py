"""Values of createOptions that have the right type, and that an engine refuses all the same.

From github.com/moby/moby 20.10 to 26.1, daemon/container.go (verifyContainerConfig) and api/types/container.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from azdacli.manifest import engine_connections, engine_resources
from azdacli.manifest.engine_fields import Refusals, field, items, known, number_of, one_of, text_of
from azdacli.manifest.problems import Path, Problem
from azdacli.manifest.rules import found

_MILLISECOND = 1_000_000
_RTMIN = re.compile(r"RTM(IN\+|AX-)[0-9]{1,2}")


def check(path: Path, options: Mapping[str, Any]) -> Iterator[Problem]:
    """Find values that an engine refuses, or does not obey, in one module's createOptions.

    Args:
        path: Where createOptions stand in the manifest.
        options: They as an object.
    """
    host = field(options, "HostConfig")
    for rule, checks in {"create-options-value": _CHECKS, "create-options-key": _IGNORED}.items():
        for check_one in checks:
            for within, message, hint in check_one(options):
                yield found(rule, (*path, *within), message, hint)
    for each in (*engine_resources.CHECKS, *engine_connections.CHECKS) if isinstance(host, Mapping) else ():
        for within, message, hint in each(host):
            yield found("create-options-value", (*path, "HostConfig", *within), message, hint)


def _variables(options: Any) -> Refusals:
    for number, text in enumerate(items(options, "Env")):
        if isinstance(text, str) and (not text or text.startswith("=")):
            yield ("Env", number), "has a variable without a name in Env", 'Write "NAME=value".'


def _process(options: Any) -> Refusals:
    folder = text_of(options, "WorkingDir")
    if folder and not folder.startswith("/"):
        yield ("WorkingDir",), f"has the relative WorkingDir '{folder}'", "Write an absolute path."
    signal = text_of(options, "StopSignal").upper().removeprefix("SIG")
    if signal and not signal.isdigit() and not _RTMIN.fullmatch(signal):
        yield from one_of(("StopSignal",), signal, known("signals"), "StopSignal")


def _health(options: Any) -> Refusals:
    health = field(options, "Healthcheck")
    for name in ("Interval", "Timeout", "StartPeriod"):
        if number_of(health, name) < _MILLISECOND and number_of(health, name) != 0:
            hint = "Write nanoseconds: 30000000000 for 30 seconds."
            yield ("Healthcheck", name), f"has Healthcheck.{name} below a millisecond", hint
    if number_of(health, "Retries") < 0:
        yield ("Healthcheck", "Retries"), "has negative Retries in Healthcheck", "Write 3."


def _probe(options: Any) -> Refusals:
    test = items(field(options, "Healthcheck"), "Test")
    if test and isinstance(test[0], str) and test[0] not in known("tests"):
        hint = 'Write ["CMD", "program", "argument"] or ["CMD-SHELL", "a command line"].'
        yield ("Healthcheck", "Test"), f"has '{test[0]}' where the kind of the Healthcheck stands", hint


def _networks(options: Any) -> Refusals:
    named = field(field(options, "NetworkingConfig"), "EndpointsConfig")
    if isinstance(named, Mapping) and len(named) > 1:
        message = f"joins {len(named)} networks at once; a container begins in one"
        yield ("NetworkingConfig", "EndpointsConfig"), message, "Leave one, and connect the others on the device."


def _exposed(options: Any) -> Refusals:
    ports = field(options, "ExposedPorts")
    for port in ports if isinstance(ports, Mapping) else ():
        if not engine_connections.is_port(port):
            yield ("ExposedPorts", port), f"exposes '{port}', which is no port", 'Write {"8554/tcp": {}}.'


_CHECKS = (_variables, _process, _health, _networks)
_IGNORED = (_probe, _exposed)
