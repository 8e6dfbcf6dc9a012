"""The README's first command, docs/simulate.md and the wheel, where nobody has installed anything before."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import pages
from support.checkout import ROOT
from support.fresh_roots import FreshRoot

pytestmark = pytest.mark.fresh_root

RELEASES = ["bookworm", "trixie"]
READ = re.compile(r"^read {6}'AZDA 2026' in (\d+) frames$", re.MULTILINE)
Done = subprocess.CompletedProcess


@pytest.fixture(scope="module", params=RELEASES)
def root(request: pytest.FixtureRequest) -> Iterator[FreshRoot]:
    made = FreshRoot(request.param)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture(scope="module")
def reported(root: FreshRoot) -> "Done[str]":
    """`make demo` of an ordinary user in a root where nothing is installed."""
    root.put_checkout("azdacli")
    return root.run("cd azdacli && make demo")


@pytest.fixture(scope="module")
def with_packages(root: FreshRoot, reported: "Done[str]") -> FreshRoot:
    """The same root, after root has typed the line that the user was shown."""
    (line,) = [line for line in reported.stderr.splitlines() if "apt-get" in line]
    done = root.run(line, user="root")
    assert done.returncode == 0, done.stderr[-2000:]
    return root


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT]
    subprocess.run(build, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def shown(done: "Done[str]") -> str:
    return f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"


def test_an_ordinary_user_is_told_the_one_line_that_root_types(reported: "Done[str]") -> None:
    assert reported.returncode != 0, shown(reported)
    assert "Traceback" not in reported.stderr
    assert "error: the demo stopped: 11 packages of the distribution are missing\n" in reported.stderr, shown(reported)
    (line,) = [line for line in reported.stderr.splitlines() if "apt-get" in line]
    assert line.startswith("su -c 'apt-get update && apt-get install --yes "), "there is no sudo here"
    assert "gstreamer1.0-x" in line


def test_the_demo_ends_with_the_text_that_it_read(with_packages: FreshRoot) -> None:
    done = with_packages.run("cd azdacli && make demo && test -s .azda/demo/annotated.mp4")
    assert done.returncode == 0, shown(done)
    (count,) = READ.findall(done.stdout)
    assert int(count) >= 50
    assert "Traceback" not in done.stdout + done.stderr


def test_the_wheel_runs_in_a_plain_environment_activated_or_not(with_packages: FreshRoot, wheel: Path) -> None:
    with_packages.put(wheel, "wheel")
    install = f"python3 -m venv plain && plain/bin/pip install --quiet 'wheel/{wheel.name}[simulator]'"
    done = with_packages.run(install)
    assert done.returncode == 0, shown(done)
    words = "simulate azdacli/examples/blob-detector/custom-assets --source test:ball:1 --output"
    done = with_packages.run(f"plain/bin/azdacli {words} bare && . plain/bin/activate && azdacli {words} activated")
    assert done.returncode == 0, shown(done)
    assert done.stdout.count("objects   blob: 30\n") == 2
    done = with_packages.run("test -s bare/annotated.mp4 && test -s activated/annotated.mp4 && ls .cache/azdacli")
    assert done.returncode == 0, shown(done)


def test_the_readmes_lines_for_azdacli_alone_run(with_packages: FreshRoot) -> None:
    type_lines(with_packages, pages.lines("README.md", "pip install"), "azdacli")
    done = with_packages.run("~/azdacli-env/bin/azdacli --version && ls azdacli/dist/*.whl azdacli/dist/*.tar.gz")
    assert done.returncode == 0, shown(done)


def test_the_lines_of_the_example_end_with_the_text_that_it_reads(with_packages: FreshRoot) -> None:
    type_lines(with_packages, pages.lines("examples/read-text/README.md"), "azdacli/examples/read-text")
    done = with_packages.run(
        "cd azdacli/examples/read-text/out && test -s annotated.mp4 && grep 'AZDA 2026' messages.jsonl"
    )
    assert done.returncode == 0, shown(done)


def test_every_line_for_apt_runs_on_a_page_of_its_own(with_packages: FreshRoot) -> None:
    typed = pages.apt_lines()
    assert len(typed) >= 1
    for line in typed:
        done = with_packages.run(line.replace("sudo ", ""), user="root")
        assert done.returncode == 0, f"{line}\n{shown(done)}"


def type_lines(fresh: FreshRoot, lines: list[str], folder: str) -> None:
    for line in lines:
        done = fresh.run(f"cd {folder} && {line}")
        assert done.returncode == 0, f"{line}\n{shown(done)}"


@pytest.mark.parametrize("suite", RELEASES)
def test_the_page_followed_line_by_line_ends_with_a_picture_and_so_does_the_demo_of_root(suite: str) -> None:
    fresh = FreshRoot(suite)
    try:
        fresh.put_checkout("azdacli", user="root")
        if suite == "trixie":  # from nothing; on the other release after the page
            demo_of_root(fresh)
        for line in pages.lines("docs/simulate.md", "apt-get"):
            done = fresh.run(f"cd azdacli && {line.replace('sudo ', '')}", user="root")
            assert done.returncode == 0, f"{line}\n{shown(done)}"
        done = fresh.run("cd azdacli && test -s out/annotated.mp4", user="root")
        assert done.returncode == 0, shown(done)
        if suite == "bookworm":
            demo_of_root(fresh)
    finally:
        fresh.close()


def demo_of_root(fresh: FreshRoot) -> None:
    done = fresh.run("cd azdacli && make demo", user="root")
    assert done.returncode == 0, shown(done)
    assert READ.search(done.stdout), shown(done)
