"""What the child that runs the simulated DeepStream sees, whatever environment azdacli is called in."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from azdacli.errors import SimulationError
from azdacli.simulation.environment import SIMULATOR, environment, forget_plugins, home_of, is_proven
from azdacli.simulation.interpreter import SYSTEM_PYTHON
from azdacli.simulation.process import Simulator


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "azdacli"


def plain_environment(folder: Path) -> Path:
    """An environment as uv, poetry and direnv make it: nothing of the distribution's is seen in it."""
    subprocess.run([SYSTEM_PYTHON, "-m", "venv", "--without-pip", folder], check=True)
    return folder


def activated(folder: Path) -> dict[str, str]:
    """What a shell has once an environment is activated, and what tools around it set beside."""
    return {
        **os.environ,
        "VIRTUAL_ENV": str(folder),
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "PYTHONHOME": "/nowhere",
        "PYTHONPATH": "/nowhere",
        "PYTHONNOUSERSITE": "1",
        "GST_REGISTRY_UPDATE": "no",
        "GST_PLUGIN_PATH_1_0": "/nowhere",
    }


def registry(**inherited: str) -> str:
    return environment(str(SYSTEM_PYTHON), {**os.environ, **inherited})["GST_REGISTRY"]


@pytest.mark.gstreamer
def test_all_elements_are_found_in_an_activated_environment(cache: Path, tmp_path: Path) -> None:
    shell = activated(plain_environment(tmp_path / "plain"))
    simulator = Simulator(str(SYSTEM_PYTHON), environment(str(SYSTEM_PYTHON), shell))
    assert simulator.lacking() == {}
    assert len(list(cache.iterdir())) == 1


@pytest.mark.gstreamer
@pytest.mark.parametrize("scanner", [False, True])
def test_the_plugins_are_listed_in_the_child_or_by_the_scanner(cache: Path, tmp_path: Path, *, scanner: bool) -> None:
    chosen = environment(str(SYSTEM_PYTHON), activated(plain_environment(tmp_path / "plain")), scanner=scanner)
    without_libpython = {**chosen, "GST_PLUGIN_SCANNER": "/bin/false"} if not scanner else chosen
    assert Simulator(str(SYSTEM_PYTHON), without_libpython).lacking() == {}


@pytest.mark.gstreamer
def test_a_plugin_that_crashes_while_it_is_listed_leaves_the_others(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugins = tmp_path / "plugins" / "python"
    plugins.mkdir(parents=True)
    (plugins / "crashing.py").write_text(
        "import os, sys\nif 'preflight' in ' '.join(sys.argv):\n    os.kill(os.getpid(), 11)\n"
    )
    monkeypatch.setenv("GST_PLUGIN_PATH", str(plugins.parent))
    found = Simulator.find(str(SYSTEM_PYTHON))
    assert found.environment["GST_REGISTRY_FORK"] == "yes"


@pytest.mark.gstreamer
def test_a_start_that_failed_leaves_no_list_of_plugins(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "empty").mkdir()
    with monkeypatch.context() as broken:
        broken.setenv("GST_PLUGIN_SYSTEM_PATH_1_0", str(tmp_path / "empty"))
        with pytest.raises(SimulationError, match=r"GStreamer lacks .*x264enc") as caught:
            Simulator.find(str(SYSTEM_PYTHON))
    assert "gstreamer1.0-plugins-ugly" in str(caught.value.hint)
    assert list(cache.iterdir()) == []
    assert Simulator.find(str(SYSTEM_PYTHON)).lacking() == {}


def test_the_interpreter_of_gstreamer_comes_first_whoever_was_activated(cache: Path, tmp_path: Path) -> None:
    plain = plain_environment(tmp_path / "plain")
    chosen = environment(str(SYSTEM_PYTHON), activated(plain))
    assert chosen["PATH"].split(":")[0] == "/usr/bin"
    assert str(plain) not in str(chosen)
    assert not {"VIRTUAL_ENV", "PYTHONHOME", "PYTHONNOUSERSITE", "GST_REGISTRY_UPDATE"} & set(chosen)
    assert "/nowhere" not in chosen["PYTHONPATH"]
    assert chosen["HOME"] == os.environ["HOME"]


def test_the_release_is_the_chosen_one(cache: Path) -> None:
    inherited = {**os.environ, "AZDA_DEEPSTREAM": "6.4"}
    assert environment(sys.executable, inherited, release="9.1")["AZDA_DEEPSTREAM"] == "9.1"
    assert environment(sys.executable, inherited)["AZDA_DEEPSTREAM"] == "6.4"


def test_an_environment_leads_to_the_interpreter_that_made_it(tmp_path: Path) -> None:
    plain = plain_environment(tmp_path / "plain")
    assert home_of(str(plain / "bin" / "python")) == str(SYSTEM_PYTHON.parent)
    assert home_of(str(SYSTEM_PYTHON)) == str(SYSTEM_PYTHON.parent)
    assert home_of("no-such-python") == str(Path.cwd())


def test_the_list_of_plugins_is_another_one_for_everything_that_decides(cache: Path, tmp_path: Path) -> None:
    same = registry()
    assert registry() == same
    assert registry(GST_PLUGIN_PATH="/mine") != same
    for name in ("GST_PLUGIN_SCANNER", "GST_PLUGIN_PATH_1_0", "LD_LIBRARY_PATH", "GI_TYPELIB_PATH"):
        assert registry(**{name: "/mine"}) != same, name
    assert environment(sys.executable, os.environ)["GST_REGISTRY"] != same
    assert registry(XDG_CACHE_HOME=str(tmp_path / "other")) != same


def test_plugins_of_the_users_own_come_after_ours_by_either_variable(cache: Path) -> None:
    for said in ({"GST_PLUGIN_PATH": "/mine"}, {"GST_PLUGIN_PATH_1_0": "/mine", "GST_PLUGIN_PATH": "/unread"}):
        chosen = environment(str(SYSTEM_PYTHON), {**os.environ, **said})
        assert chosen["GST_PLUGIN_PATH"].split(":") == [str(SIMULATOR / "plugins"), "/mine"]
        assert "GST_PLUGIN_PATH_1_0" not in chosen


def test_an_installed_package_makes_another_list(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packages = tmp_path / "site-packages"
    packages.mkdir()
    monkeypatch.setattr(sys, "path", [str(packages), *sys.path])
    before = registry()
    (packages / "numpy").mkdir()
    os.utime(packages, (1, 1))
    assert registry() != before
    assert str(packages) in environment(str(SYSTEM_PYTHON), os.environ)["PYTHONPATH"].split(":")


def test_old_lists_go(cache: Path) -> None:
    cache.mkdir(parents=True)
    for number in range(12):
        (cache / f"gstreamer-{number}.bin").write_bytes(b"")
        os.utime(cache / f"gstreamer-{number}.bin", (number, number))
    registry()
    assert sorted(int(path.stem.partition("-")[2]) for path in cache.iterdir()) == list(range(4, 12))


def test_a_list_and_what_a_killed_scan_left_beside_it_are_forgotten(cache: Path) -> None:
    chosen = environment(str(SYSTEM_PYTHON), os.environ)
    listed = Path(chosen["GST_REGISTRY"])
    for path in (listed, listed.with_name(f"{listed.name}.tmpABCDEF"), listed.with_name("gstreamer-other.bin")):
        path.write_bytes(b"")
    forget_plugins(chosen)
    forget_plugins(chosen)  # nothing there is no failure
    assert [path.name for path in cache.iterdir()] == ["gstreamer-other.bin"]


@pytest.mark.parametrize("named", ["", "relative/folder"])
def test_a_cache_that_is_no_absolute_folder_is_not_used(named: str) -> None:
    assert Path(registry(XDG_CACHE_HOME=named)).parent == Path.home() / ".cache" / "azdacli"


def test_the_simulator_is_where_the_environment_says(cache: Path) -> None:
    assert (SIMULATOR / "preflight.py").is_file()


def test_a_parser_is_given_none_of_our_secrets(cache: Path) -> None:
    secrets = {"AZDA_CAMERA_PASSWORD": "c", "AZDA_REGISTRY_PASSWORD": "r", "AZDA_HUB_TOKEN": "t"}
    chosen = environment(sys.executable, {**os.environ, **secrets, "AZDA_LEVEL": "1"})
    assert not secrets.keys() & chosen.keys()
    assert chosen["AZDA_LEVEL"] == "1"


@pytest.mark.gstreamer
def test_what_was_proven_is_not_looked_at_again(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not Simulator.find(str(SYSTEM_PYTHON)).assumed
    looked: list[str] = []
    monkeypatch.setattr(Simulator, "lacking", lambda self: looked.append(self.python) or {})
    assert Simulator.find(str(SYSTEM_PYTHON)).assumed
    assert looked == []
    kept = Path(environment(str(SYSTEM_PYTHON), os.environ)["GST_REGISTRY"])
    os.utime(kept, (1, 1))  # as GStreamer leaves it when it found other plugins
    assert not Simulator.find(str(SYSTEM_PYTHON)).assumed
    assert looked == [str(SYSTEM_PYTHON)]
    kept.unlink()
    assert not Simulator.find(str(SYSTEM_PYTHON)).assumed


@pytest.mark.gstreamer
def test_a_run_that_fails_says_what_has_gone_since_it_was_proven(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Simulator.find(str(SYSTEM_PYTHON))
    found = Simulator.find(str(SYSTEM_PYTHON))
    assert found.assumed
    with pytest.raises(SimulationError, match="the test video could not be made"):
        found.write_test_video(tmp_path / "absent" / "a.mp4", "ball", 1)  # nothing has gone: the failure is its own
    (tmp_path / "empty").mkdir()
    found.environment = {**found.environment, "GST_PLUGIN_SYSTEM_PATH_1_0": str(tmp_path / "empty")}
    with pytest.raises(SimulationError, match="GStreamer lacks"):
        found.write_test_video(tmp_path / "a.mp4", "ball", 1)
    assert not is_proven(found.environment)


def test_packages_of_another_version_do_not_hide_an_interpreters_own(cache: Path, tmp_path: Path) -> None:
    other = tmp_path / "python3.99"
    other.touch(mode=0o755)
    assert "site-packages" in environment(sys.executable, os.environ)["PYTHONPATH"].replace(
        "simulator/site-packages", ""
    )
    path = environment(str(other), os.environ)["PYTHONPATH"]
    assert "site-packages" not in path.replace("simulator/site-packages", "")
