"""What is published is whole, says where it comes from, and is offered by what the services take."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from collections.abc import Mapping
from email import message_from_string
from email.message import Message
from pathlib import Path
from typing import Any

import pytest
import yaml
from support import checkout

from azdacli import __version__
from azdacli.parser_check import check
from azdacli.parser_check.report import data
from azdacli.util import installation

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent
SCRIPTS = Path(sysconfig.get_path("scripts"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
STYLE = (
    "{extends: default, rules: {line-length: {max: 120}, document-start: disable, truthy: {check-keys: false},"
    " comments: {min-spaces-from-content: 1}}}"
)
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def git(*words: str, cwd: Path = ROOT) -> str:
    return subprocess.run(["git", *words], cwd=cwd, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of this tree as it stands, with strays of all kinds in it."""
    folder = tmp_path_factory.mktemp("clone") / "azdacli"
    folder.mkdir()
    for name in checkout.files():
        if not name.startswith("tests/"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((ROOT / name).read_bytes())
    git("init", "--quiet", cwd=folder)
    git("add", "--all", cwd=folder)
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    git(*identity, "commit", "--quiet", "--message", "all", cwd=folder)
    for stray in ("azdacli/__pycache__/x.pyc", "azdacli/cli/.mypy_cache/x", "docker-build/.DS_Store", "secret.env"):
        (folder / stray).parent.mkdir(parents=True, exist_ok=True)
        (folder / stray).write_text("stray")
    return folder


def build(folder: Path, kind: str, out: Path) -> Path:
    command = [sys.executable, "-m", "build", f"--{kind}", "--no-isolation", "--outdir", str(out), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (found,) = out.iterdir()
    return found


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/RECORD")}


@pytest.fixture(scope="module")
def archives(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The source archive unpacked, and the wheel."""
    out = tmp_path_factory.mktemp("archives")
    sdist = build(clone, "sdist", out / "sdist")
    with tarfile.open(sdist) as archive:
        archive.extractall(out / "source", **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    return next((out / "source").iterdir()), build(clone, "wheel", out / "wheel")


@pytest.mark.slow
def test_the_source_archive_holds_what_the_repository_holds_and_the_commit(
    clone: Path, archives: tuple[Path, Path]
) -> None:
    source, _ = archives
    held = {path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file()}
    kept = set(git("ls-files", cwd=clone).splitlines())
    assert held - kept - {"PKG-INFO", ".gitignore"} == {"azdacli/data/commit.txt"}
    wanted = {name for name in kept if name.startswith(("azdacli/", "docker-build/", "templates/"))}
    assert wanted <= held
    assert (source / "azdacli" / "data" / "commit.txt").read_text() == f"{git('rev-parse', 'HEAD', cwd=clone)}\n"


@pytest.mark.slow
def test_the_wheel_is_the_same_from_the_archive_as_from_the_checkout(
    archives: tuple[Path, Path], tmp_path: Path
) -> None:
    source, wheel = archives
    again = contents(build(source, "wheel", tmp_path))
    assert set(again) == set(contents(wheel))
    assert {name for name, text in contents(wheel).items() if again[name] != text} == set()


def test_an_installed_wheel_says_its_commit(clone: Path, archives: tuple[Path, Path], tmp_path: Path) -> None:
    with zipfile.ZipFile(archives[1]) as archive:
        archive.extractall(tmp_path)
    answer = subprocess.run(
        [sys.executable, "-c", "from azdacli.__main__ import main; main()", "--version"],
        env={**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONSAFEPATH": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout == f"azdacli {__version__} (commit {git('rev-parse', 'HEAD', cwd=clone)[:12]})\n"


def test_a_tree_without_a_repository_has_the_same_files(clone: Path, tmp_path: Path) -> None:
    git("init", "--quiet", cwd=tmp_path)  # a repository around the tree
    tree = tmp_path / "azdacli"
    shutil.copytree(clone, tree, ignore=shutil.ignore_patterns(".git"))
    kept = set(git("ls-files", cwd=clone).splitlines())
    assert kept < set(checkout.files(tree)) == set(checkout.files(clone))


def test_a_checkout_says_its_commit_and_whether_it_was_changed(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("")
    assert installation._checked_out(tmp_path) == ""
    git("init", "--quiet", cwd=tmp_path)
    git("add", "--all", cwd=tmp_path)
    git("-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "--quiet", "--message", "a", cwd=tmp_path)
    commit = git("rev-parse", "HEAD", cwd=tmp_path)[:12]
    assert installation._checked_out(tmp_path) == commit
    (tmp_path / "pyproject.toml").write_text("# changed")
    assert installation._checked_out(tmp_path) == f"{commit}, changed"
    below = tmp_path / "site-packages"
    below.mkdir()
    (below / "pyproject.toml").write_text("")
    assert installation._checked_out(below) == "", "a repository around an installation is somebody else's"


def metadata(archive: Path) -> Message:
    """What an archive says of itself."""
    if archive.suffix == ".whl":
        (text,) = [text for name, text in contents(archive).items() if name.endswith("/METADATA")]
        return message_from_string(text.decode("utf-8"))
    with tarfile.open(archive) as opened:
        file = opened.extractfile(f"{archive.name.removesuffix('.tar.gz')}/PKG-INFO")
        assert file is not None
        return message_from_string(file.read().decode("utf-8"))


def released(folder: Path, home: str) -> "subprocess.CompletedProcess[str]":
    """Run what the release workflow's `build` runs, in a checkout; nothing is installed or isolated for it."""
    steps = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8"))["jobs"][
        "build"
    ]
    said = {"github.server_url": home.rpartition("/")[0].rpartition("/")[0], "github.ref_name": f"v{__version__}"}
    said["github.repository"] = home.removeprefix(f"{said['github.server_url']}/")
    lines = []
    for step in steps["steps"]:
        if "run" not in step or "pip install" in step["run"]:
            continue
        settings = {
            name: re.sub(r"\$\{\{ (\S+) \}\}", lambda found: said[found[1]], value)
            for name, value in step.get("env", {}).items()
        }
        command = re.sub(r"python -m build$", "python -m build --no-isolation", step["run"])
        lines.append(" ".join(["env", *(f"{k}={v}" for k, v in settings.items()), f"bash -ec {shlex.quote(command)}"]))
    assert len(lines) == 4
    path = f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"
    script = "\n".join(["set -e", *lines])
    return subprocess.run(
        ["bash", "-c", script],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_a_release_names_the_repository_that_published_it_and_the_index_would_take_it(clone: Path) -> None:
    home = "https://github.com/contoso/azdacli"
    done = released(clone, home)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert done.stdout.count("PASSED") == 2, "twine reads both archives"
    for archive in (clone / "dist").iterdir():
        urls = dict(url.split(", ") for url in metadata(archive).get_all("Project-URL", []))
        assert urls["Homepage"] == home
        assert set(urls) == {"Homepage", "Documentation", "Changelog", "Issues"}
        assert all(url.startswith(home) for url in urls.values())


def test_an_archive_that_nobody_released_names_no_home(archives: tuple[Path, Path]) -> None:
    assert metadata(archives[1]).get_all("Project-URL") is None
    assert "Project-URL" not in (archives[0] / "PKG-INFO").read_text(encoding="utf-8").partition("\n\n")[0]


def test_a_home_that_is_no_repository_is_refused(clone: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(clone)]
    env = {**os.environ, "AZDACLI_HOME_PAGE": "https://github.com/${{ github.repository }}"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "is not a repository's address" in done.stdout + done.stderr


def test_pages_name_one_home_and_nothing_else_has_a_placeholder() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    named = {
        owner
        for page in pages
        for owner in re.findall(r"(?:github\.com/|uses: )([^/\s`]+)/azdacli", page.read_text(encoding="utf-8"))
    }
    assert len(named) == 1
    for file in (ROOT / "pyproject.toml", ROOT / "README.md", ROOT / "hatch_build.py"):
        assert "OWNER" not in file.read_text(encoding="utf-8"), file


def test_nothing_says_to_install_what_is_not_published() -> None:
    """The name is free for anybody to take: what it would bring is not ours."""
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*"), ROOT / "action.yml"]
    tells = re.compile(r"(?:pip3?|pipx|uv tool|uv pip) install\s+(?:-\S+\s+)*['\"]?azdacli\b(?!\[?\w*\]? @)")
    found = [
        path for path in pages if path.suffix in (".md", ".yml") and tells.search(path.read_text(encoding="utf-8"))
    ]
    assert [path.relative_to(ROOT).as_posix() for path in found] == []


LINTERS: Mapping[str, list[Any]] = {
    "style": ["yamllint", "--strict", "-d", STYLE, *WORKFLOWS, ROOT / "action.yml", ROOT / ".pre-commit-hooks.yaml"],
    "workflows": ["check-jsonschema", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS],
    "action": ["check-jsonschema", "--builtin-schema", "vendor.github-actions", ROOT / "action.yml"],
    "traps": ["zizmor", "--offline", "--config", ROOT / "tests" / "zizmor.yml", *WORKFLOWS, ROOT / "action.yml"],
    "hook": ["pre-commit", "validate-manifest", ROOT / ".pre-commit-hooks.yaml"],
}


@pytest.mark.parametrize("linter", LINTERS)
def test_a_linter_has_nothing_to_complain_of(linter: str) -> None:
    program, *words = LINTERS[linter]
    done = subprocess.run([SCRIPTS / program, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_published_is_attested_and_needs_no_stored_token() -> None:
    release = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8"))
    build_job, publish = release["jobs"]["build"], release["jobs"]["publish"]
    assert build_job["permissions"]["attestations"] == "write"
    assert publish["permissions"] == {"id-token": "write"}, "the job that publishes can do nothing else"
    assert publish["steps"][-1]["with"] == {"attestations": True}
    assert "secrets." not in str(release)


def test_the_checks_run_on_every_python_that_is_named() -> None:
    named = {line.rpartition(" ")[2] for line in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", line)}
    ci = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))
    assert set(ci["jobs"]["quick"]["strategy"]["matrix"]["python"]) == named


def run_action(tmp_path: Path, **inputs: str) -> "subprocess.CompletedProcess[str]":
    """Run the action's own script as the runner does, with this azdacli in the place of the installed one."""
    (tmp_path / "azdacli" / "bin").mkdir(parents=True)
    (tmp_path / "azdacli" / "bin" / "azdacli").symlink_to(SCRIPTS / "azdacli")
    step = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["runs"]["steps"][-1]
    names = {name: re.findall(r"inputs\.([a-z-]+)", value)[0] for name, value in step["env"].items()}
    environment = {name: inputs.get(of.replace("-", "_"), "") for name, of in names.items()}
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        env={**os.environ, "RUNNER_TEMP": str(tmp_path), **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


BLOB = "examples/blob-detector/custom-assets"


def test_the_action_checks_what_it_is_given(tmp_path: Path) -> None:
    good = run_action(tmp_path / "good", paths=f"{BLOB}\n", strict="true", deepstream="7.1", device_type="jetson")
    assert good.returncode == 0, good.stderr
    (tmp_path / "a folder").mkdir()
    (tmp_path / "a folder" / "parser.py").write_text("model_type = 'x'\nname = 1\n")
    bad = run_action(tmp_path / "bad", paths=f"{BLOB}\n{tmp_path / 'a folder'}\n")
    assert bad.returncode == 4, bad.stderr
    assert "::error file=" in bad.stdout


def test_the_hook_runs_as_pre_commit_runs_it(tmp_path: Path) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    (tmp_path / "custom-assets").symlink_to(ROOT / BLOB)
    program, *words = hook["entry"].split()
    done = subprocess.run([SCRIPTS / program, *words, *hook["args"]], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert re.search(hook["files"], "custom-assets/parser.py")


def issues(output: str) -> list[tuple[dict[str, str], str]]:
    """Read logging commands as the agent does (microsoft/azure-pipelines-agent, CommandStringConvertor)."""

    def plain(text: str) -> str:
        for written, character in {"%3B": ";", "%0D": "\r", "%0A": "\n", "%5D": "]", "%AZP25": "%"}.items():
            text = text.replace(written, character)
        return text

    found = []
    for line in output.splitlines():
        match = re.match(r"##vso\[task\.logissue ([^]]*)\](.*)$", line)
        assert match, line
        pairs = (pair.partition("=") for pair in match[1].split(";"))
        found.append(({name: plain(value) for name, _, value in pairs}, plain(match[2])))
    return found


def test_an_azure_pipeline_shows_each_finding_at_its_line(tmp_path: Path) -> None:
    folder = tmp_path / "a;b]c%25"
    folder.mkdir()
    (folder / "parser.py").write_text("model_type = 'x'\nname = '##vso[task.complete result=Succeeded]'\n")
    report = check([folder], configs=(), models=(), release=None, target=None, runs=())
    found = issues(data.as_azure(report))
    assert len(found) == len(report.findings) > 0
    for (properties, message), finding in zip(found, report.findings, strict=True):
        assert properties["sourcepath"].endswith("a;b]c%25/parser.py")
        assert properties["code"] == finding.rule.id
        assert (properties["linenumber"], properties["columnnumber"]) == (
            str(finding.span.line),
            str(finding.span.column),
        )
        assert properties["type"] == ("error" if finding.severity.value == "error" else "warning")
        assert message == f"{finding.rule.name}: {finding.message}. {finding.cure}"


def test_validate_parser_prints_them(tmp_path: Path) -> None:
    (tmp_path / "parser.py").write_text("model_type = 'x'\n")
    answer = subprocess.run(
        [SCRIPTS / "azdacli", "validate-parser", "--azure", "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 4
    assert issues(answer.stdout)[0][0]["sourcepath"] == "parser.py"
