"""Shared by all tests: a clean environment, and groups that are skipped only where that is allowed."""

import os
import signal
from collections.abc import Generator, Iterator
from typing import Any

import pytest
from hypothesis import settings
from requests import Session
from support import tools
from support.registries import InMemory, Registry, StartRegistry, started

from azdacli.oci.registry import transport

# A property test says what holds, not how fast: on a busy machine its own limit of 0.2 seconds fails at random.
settings.register_profile("no wall times", deadline=None)
# `make check` tries fewer inputs of each kind (--hypothesis-profile); `make test` and CI all.
settings.register_profile("few inputs", parent=settings.get_profile("no wall times"), max_examples=25)
settings.load_profile("no wall times")

# A shell starts jobs in the background with SIGINT ignored, and every program that a test starts would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(params=["memory", pytest.param("debian", marks=pytest.mark.registry)])
def any_registry(request: pytest.FixtureRequest) -> Iterator[StartRegistry]:
    """Start registries, `any_registry("token")`: in memory for the fast tests, Debian's for the very same."""
    yield from started(InMemory if request.param == "memory" else Registry)


@pytest.fixture(autouse=True)
def closed_registries(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close what a test opened to registries in its own process, so that no later test meets a forgotten socket."""
    opened = []
    make = transport.session

    def session(*arguments: Any) -> Session:
        opened.append(make(*arguments))
        return opened[-1]

    monkeypatch.setattr(transport, "session", session)
    yield
    for each in opened:
        each.close()


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the developer's own azdacli settings or colours."""
    for name in [n for n in os.environ if n.startswith("AZDA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NO_COLOR", "1")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--no-skips-of",
        metavar="GROUPS",
        default=",".join(tools.GROUPS) if os.environ.get("CI") == "true" else "",
        help="comma separated markers whose tests fail, not skip, where a tool is missing (all of them when CI=true)",
    )


def required_groups(config: pytest.Config) -> set[str]:
    groups = {name for name in config.getoption("--no-skips-of").split(",") if name}
    if unknown := groups - set(tools.GROUPS):
        raise pytest.UsageError(f"--no-skips-of: no such group: {', '.join(sorted(unknown))}")
    return groups


def groups_of(item: pytest.Item) -> list[str]:
    return [name for name in tools.GROUPS if item.get_closest_marker(name)]


def pytest_configure(config: pytest.Config) -> None:
    required_groups(config)


def pytest_runtest_setup(item: pytest.Item) -> None:
    for group in groups_of(item):
        if reason := tools.missing(group):
            pytest.skip(f"{group}: {reason}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    refused = required_groups(item.config) & set(groups_of(item))
    if report.skipped and not hasattr(report, "wasxfail") and refused:
        report.outcome = "failed"
        report.longrepr = f"skipped, which --no-skips-of {','.join(sorted(refused))} forbids: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    # A module that skips itself hides which groups it holds; a missing import is a missing tool.
    if report.skipped and required_groups(collector.config) and "could not import" in str(report.longrepr):
        report.outcome = "failed"
    return report
