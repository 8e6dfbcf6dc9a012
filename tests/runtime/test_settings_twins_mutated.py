"""Ten thousand mutated twins, ours and users': each ends in Settings and problems, and what is untouched goes on."""

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest
from azda_runtime.hub.twin.desired import Desired
from azda_runtime.settings import Pipeline, Problem, Reading, Settings, loads, read
from azda_runtime.settings.recording import RecordingOptions, read_recording_options

from tests.runtime.configurations import COMPAT, deepstream, good

MANIFESTS = Path(__file__).parents[1] / "golden" / "manifests"
COUNT = 5_000
SEED = 20261122

Twin = dict[str, Any]
Place = tuple[Any, ...]

LEAVES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 7, 1e308, float("nan"), 10**400, "", " ", "\ud800", "\x00", "../../etc/passwd"),
    *(
        [],
        {},
        [[]],
        [None],
        {"": {}},
        "rtsp://[",
        "file://",
        "https://h:99999/x.zip",
        "$HOME",
        "a" * 9000,
        "light-tracker",
    ),
)


def own_twins() -> Iterator[Twin]:
    yield {"azdaConfiguration": good(), "outputVideoLength": 10, "autoStopRecordingTime": 60}
    yield {"azdaConfiguration": json.dumps(good())}  # as text, which the controller of some users writes
    for path in sorted(MANIFESTS.glob("*.json")):
        for name, module in json.loads(path.read_text())["modulesContent"].items():
            if not name.startswith("$"):
                yield module["properties.desired"]


def compat_twins() -> Iterator[Twin]:
    for path in sorted((COMPAT / "controller-twins").glob("*.json")):
        yield json.loads(path.read_text(encoding="utf-8-sig"))


def locations(value: Any, path: Place = ()) -> list[Place]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(deeper for key, member in members for deeper in locations(member, (*path, key)))]


def at(document: Any, path: Place) -> Any:
    for step in path:
        document = document[step]
    return document


def parts_of(twins: list[Twin]) -> list[str]:
    """Every part of every twin, as text."""
    return [json.dumps(at(twin, location)) for twin in twins for location in locations(twin)]


def change(twin: Twin, random: Random, parts: list[str], where: list[Place]) -> None:
    """Change one place: another value, a part of any twin, gone, twice, or under another name."""
    *parents, last = random.choice(where[1:])
    parent = at(twin, tuple(parents))
    kind = random.randrange(5)
    if kind == 0:
        parent[last] = random.choice(LEAVES)
    elif kind == 1:
        parent[last] = json.loads(random.choice(parts))
    elif kind == 2:
        del parent[last]
    elif kind == 3 and isinstance(parent, list):
        parent.insert(random.randrange(len(parent) + 1), parent[last])
    elif kind == 4 and isinstance(parent, dict) and isinstance(last, str):
        value = parent.pop(last)
        parent[random.choice((last.upper(), f" {last}", last[1:], "id", "name"))] = value


def check(twin: Any) -> None:
    follower = Desired()
    follower.whole({**twin, "$version": 1} if isinstance(twin, dict) else twin, asked_at=None)
    options, problems = read_recording_options(follower.properties)
    assert isinstance(options, RecordingOptions)
    configuration = (follower.properties or {}).get("azdaConfiguration")
    reading = loads(configuration) if isinstance(configuration, str) else read(configuration)
    check_reading(reading)
    check_problems(problems)


def check_reading(reading: Reading) -> None:
    assert isinstance(reading.settings, Settings)
    assert all(isinstance(pipeline, Pipeline) for pipeline in reading.settings.pipelines)
    names = [pipeline.id for pipeline in reading.settings.pipelines]
    assert len(set(names)) == len(names)
    check_problems(reading.problems)


def check_problems(problems: tuple[Problem, ...]) -> None:
    assert all(isinstance(p, Problem) and p.path.startswith("$") and p.message and p.hint for p in problems)
    json.dumps([p.as_json() for p in problems]).encode()


def mutate_all(twins: list[Twin]) -> None:
    random, count, parts = Random(SEED), COUNT // len(twins) + 1, parts_of(twins)
    for twin in twins:
        text, where = json.dumps(twin), locations(twin)
        for number in range(count):
            mutated = json.loads(text)
            for _ in range(random.randint(1, 4)):
                with suppress(KeyError, IndexError, TypeError):  # an earlier change took the place away
                    change(mutated, random, parts, where)
            try:
                check(mutated)
            except Exception as error:
                raise AssertionError(f"seed {SEED}, number {number} of {text[:60]}: {mutated!r}"[:4000]) from error


def test_five_thousand_mutations_of_our_own_twins_are_read() -> None:
    mutate_all([*own_twins()])


@pytest.mark.skipif(not COMPAT.is_dir(), reason="the predecessor's configurations are not beside this checkout")
@pytest.mark.slow
def test_five_thousand_mutations_of_the_twins_that_users_have_are_read() -> None:
    mutate_all([*compat_twins()])


def cut(data: bytes, random: Random) -> bytes:
    return data[: random.randrange(len(data))]


def flip(data: bytes, random: Random) -> bytes:
    location = random.randrange(len(data))
    return data[:location] + bytes([random.randrange(256)]) + data[location + 1 :]


def repeat(data: bytes, random: Random) -> bytes:
    begin, end = sorted(random.randrange(len(data)) for _ in range(2))
    return data[:end] + data[begin:]


@pytest.mark.parametrize("damage", [cut, flip, repeat])
def test_a_configuration_whose_text_is_damaged_on_its_way_is_read(damage: Callable[[bytes, Random], bytes]) -> None:
    random, data = Random(SEED), json.dumps(good()).encode()

    for _ in range(1500):
        check_reading(loads(damage(data, random)))


def test_whatever_is_wrong_in_one_pipeline_leaves_the_other_as_it_was() -> None:
    random, parts = Random(SEED), parts_of([*own_twins()])
    [_, untouched] = read(good()).settings.pipelines
    inside = [location for location in locations(deepstream(good())["pipelineConfigs"][0]) if location != ("id",)]

    for _ in range(1500):
        document = good()
        with suppress(KeyError, IndexError, TypeError):
            change(deepstream(document)["pipelineConfigs"][0], random, parts, inside)
        assert untouched in read(document).settings.pipelines
