"""A thousand mutated manifests: none that breaks a rule passes, and none stops the checks.

What was broken is known from outside: by the way that it was broken, or by the published schemas.
"""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from azda_runtime.commands.settings import report as runtime_report
from azda_runtime.settings import loads as runtime_loads

from azdacli.manifest import checks
from azdacli.manifest.asset_paths import NamedPath
from azdacli.manifest.problems import Problem, errors, json_path, without_secrets
from azdacli.manifest.settings import Question, SettingsReport
from azdacli.manifest.template import finished
from azdacli.manifest.view import View
from tests.manifest import samples as s

SCHEMAS = Path(__file__).parents[3] / "shared" / "compat" / "schemas"
COUNT = 1000

needs_schemas = pytest.mark.skipif(not SCHEMAS.is_dir(), reason="the published schemas are not in ../shared/compat")


def in_process(questions: Sequence[Question]) -> list[SettingsReport]:
    """The runtime's own code without its process, which a thousand configurations would each have to start."""
    return [_read(question) for question in questions]


def _read(question: Question) -> SettingsReport:
    if question.twin:  # the schemas know nothing of recordings
        return SettingsReport(problems=(), paths=())
    reading = runtime_loads(json.dumps(question.value))
    said: Any = json.loads(json.dumps(runtime_report(reading, reading.problems)))
    return SettingsReport(
        problems=tuple((p["path"], p["message"], p["hint"], p["severity"]) for p in said["problems"]),
        paths=tuple(
            NamedPath(location=p["path"], value=p["value"], kind=p["kind"], in_archive=p["inArchive"])
            for p in said["paths"]
        ),
    )


def found(document: Any) -> list[Problem]:
    knowledge = checks.Knowledge(reader=in_process, facts=s.FACTS, machine="arm64", target="jetson")
    problems = checks.run(View(document=document), knowledge)
    for problem in without_secrets(problems, ["hunter2!"]):
        json.dumps(problem.as_json())
    return problems


def schema_errors(document: Any) -> list[str]:
    """What an independent library finds with the published schemas."""
    content = document.get("modulesContent") if isinstance(document, dict) else None
    complaints = [str(e.message) for e in validator("deployment-2.0").iter_errors(without_broker(document))]
    for name, schema in (("$edgeAgent", "edgeagent-deployment-1.1"), ("$edgeHub", "edgehub-deployment-1.2")):
        part = {name: content[name]} if isinstance(content, dict) and name in content else {}
        # The two files fix one version each; the versions have a test of their own.
        complaints += [str(e.message) for e in validator(schema).iter_errors(part) if "schemaVersion" not in e.path]
    return complaints


def without_broker(document: Any) -> Any:
    copied = json.loads(json.dumps(document))
    if isinstance(copied, dict):
        node = copied
        for key in ("modulesContent", "$edgeHub", "properties.desired"):
            node = node.get(key) if isinstance(node, dict) else None
        if isinstance(node, dict):
            node.pop("mqttBroker", None)
    return copied


_validators: dict[str, jsonschema.Draft4Validator] = {}


def validator(name: str) -> jsonschema.Draft4Validator:
    if name not in _validators:
        schema = json.loads(
            (SCHEMAS / f"azure-iot-{'edge-' if name.startswith('deployment') else ''}{name}.json").read_text()
        )
        _validators[name] = jsonschema.Draft4Validator(schema)
    return _validators[name]


# -- mutations at any place -------------------------------------------------------------------------------------------

VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        1.5,
        2**53,
        "",
        "x",
        "$edgeAgent",
        "\ud800",
        "ü" * 3000,
        [],
        {},
        [[]],
        {"a": {"b": [1]}},
    ),
    *({"properties.desired": {}}, "FROM /* INTO $upstream", "always", "1.1", "docker", ["a", 1], {"value": "x"}),
)
KEYS = (
    "",
    "a",
    "a.b",
    "$x",
    "createOptions",
    "createOptions01",
    "CREATEOPTIONS2",
    "properties.desired",
    "route",
    "ü",
    "k" * 2000,
)


def locations(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        yield from locations(value, (*path, key))


def mutate(document: Any, rng: random.Random) -> Any:
    path = rng.choice(list(locations(document)))
    value = rng.choice(VALUES)
    if not path:
        return {**document, rng.choice(KEYS): value}
    parent = document
    for key in path[:-1]:
        parent = parent[key]
    act = rng.choice(("replace", "delete", "rename", "add"))
    if act == "replace" or isinstance(parent, list):
        parent[path[-1]] = value
    elif act == "delete":
        del parent[path[-1]]
    elif act == "rename":
        parent[rng.choice(KEYS)] = parent.pop(path[-1])
    else:
        parent[rng.choice(KEYS)] = value
    return document


@pytest.mark.slow
@needs_schemas
def test_no_mutated_manifest_passes_that_the_published_schemas_refuse() -> None:
    rng = random.Random(4)
    refused = 0
    for number in range(COUNT):
        document = mutate(s.good(), rng)
        if rng.random() < 0.3:
            document = mutate(document, rng)
        problems = found(document)
        if schema_errors(document):
            refused += 1
            assert errors(problems), f"mutation {number} passes: {schema_errors(document)}"
    assert refused > COUNT // 4


def test_no_mutated_template_stops_what_finishes_it() -> None:
    rng = random.Random(5)
    for _ in range(COUNT // 4):
        document = s.good()
        s.pipeline(document)["settings"]["createOptions"] = {"HostConfig": {"Binds": ["a:/b"]}}
        document = mutate(mutate(document, rng) if rng.random() < 0.5 else document, rng)
        found(finished(document))


# -- mutations that break one rule each, at random places and with random values --------------------------------------


def any_text(rng: random.Random, alphabet: str, least: int = 1, most: int = 12) -> str:
    return "".join(rng.choice(alphabet) for _ in range(rng.randint(least, most)))


def with_bad(rng: random.Random, bad: str) -> str:
    text = any_text(rng, "abcXYZ019_-")
    location = rng.randint(0, len(text))
    return text[:location] + rng.choice(bad) + text[location:]


def any_module(document: s.Document, rng: random.Random) -> tuple[str, s.Document]:
    return rng.choice(list(s.modules(document).items()))


def deep(rng: random.Random, levels: int) -> Any:
    value: Any = rng.choice(VALUES[:12])
    for _ in range(levels):
        value = [value] if rng.random() < 0.5 else {any_text(rng, "abc"): value}
    return value


def add_module(document: s.Document, rng: random.Random) -> None:
    s.modules(document)[with_bad(rng, " .$#+/:é\n\t@")] = any_module(document, rng)[1]


def bad_route(document: s.Document, rng: random.Random) -> None:
    source = rng.choice(["/modules/{}/outputs/*", "/messages/module/{}/*", "/messages/modules/{}/inputs/*"])
    nowhere = source.format(f"nobody{any_text(rng, 'abc')}")
    s.hub(document)["routes"][any_text(rng, "abc")] = f"FROM {nowhere} INTO $upstream"


def bad_sink(document: s.Document, rng: random.Random) -> None:
    sink = rng.choice(["/modules/{}/inputs/a", "/modules/{}/outputs/a", "/module/{}/inputs/a"]).format(
        f"no{any_text(rng, 'xy')}"
    )
    s.hub(document)["routes"][any_text(rng, "abc")] = f'FROM /* INTO BrokeredEndpoint("{sink}")'


def bad_options(document: s.Document, rng: random.Random) -> None:
    whole = json.dumps({"Labels": {any_text(rng, "abc"): any_text(rng, 'x"\\{}')}})
    any_module(document, rng)[1]["settings"]["createOptions"] = whole[: rng.randint(1, len(whole) - 1)]


def bad_chunk(document: s.Document, rng: random.Random) -> None:
    settings = any_module(document, rng)[1]["settings"]
    settings[f"createOptions{rng.randint(2, 99):02}"] = " "


def bad_image(document: s.Document, rng: random.Random) -> None:
    digest = "sha256:" + any_text(rng, "0123456789abcdef", 64, 64)
    name = rng.choice([f"r.io/{any_text(rng, 'abc')}:{any_text(rng, 'abc')}@{digest}", f"$A/{any_text(rng, 'abc')}"])
    any_module(document, rng)[1]["settings"]["image"] = name


def bad_port(document: s.Document, rng: random.Random) -> None:
    port = str(rng.randint(1, 65535))
    for name in s.modules(document):
        binding = {f"{rng.randint(1, 99)}/tcp": [{"HostPort": port}]}
        s.options(document, {"HostConfig": {"PortBindings": binding}}, name)


def put(document: s.Document, rng: random.Random, value: Any) -> None:
    """Put a value somewhere into a module's own desired properties."""
    name = f"{any_text(rng, 'abc', 2, 5)}x"
    s.modules(document)[name] = any_module(document, rng)[1]
    document["modulesContent"][name] = {"properties.desired": {any_text(rng, "abc"): value}}


def bad_env(document: s.Document, rng: random.Random) -> None:
    any_module(document, rng)[1].setdefault("env", {})[with_bad(rng, " .$#+\n")] = {"value": ""}


BREAKERS: dict[str, Callable[[s.Document, random.Random], object]] = {
    "module-name": add_module,
    "route-source": bad_route,
    "route-sink": bad_sink,
    "route-name": lambda d, r: s.hub(d)["routes"].update({with_bad(r, " .$#"): "FROM /* INTO $upstream"}),
    "route-syntax": lambda d, r: s.hub(d)["routes"].update(x=with_bad(r, " /;\n")),
    "create-options": bad_options,
    "create-options-chunks": bad_chunk,
    "image-form": bad_image,
    "port-conflict": bad_port,
    "env-name": bad_env,
    "agent-schema-version": lambda d, r: s.agent(d).update(schemaVersion=f"{r.randint(1, 9)}.{r.randint(2, 99)}"),
    "hub-schema-version": lambda d, r: s.hub(d).update(schemaVersion=f"{r.randint(1, 9)}.{r.randint(3, 99)}"),
    "twin-depth": lambda d, r: put(d, r, deep(r, r.randint(11, 40))),
    "twin-number": lambda d, r: put(d, r, r.choice([-1, 1]) * (2**52 + r.randint(1, 2**70))),
    "twin-string": lambda d, r: put(d, r, any_text(r, "abcü", 4097, 5000)),
    "twin-key": lambda d, r: put(d, r, {with_bad(r, ". $\x00\x1f\x7f"): 1}),
    "twin-size": lambda d, r: put(d, r, [any_text(r, "ab", 4000, 4096) for _ in range(r.randint(9, 12))]),
    "shape": lambda d, r: any_module(d, r)[1].pop(r.choice(["type", "status", "restartPolicy", "settings"])),
}


@pytest.mark.slow
def test_a_thousand_manifests_that_each_break_a_rule_are_all_found_out() -> None:
    rng = random.Random(6)
    names = sorted(BREAKERS)
    for number in range(COUNT):
        rule = names[number % len(names)]
        document = s.good()
        BREAKERS[rule](document, rng)
        broken = {p.rule for p in errors(found(document))}
        assert rule in broken, f"{number}: {rule} is not among {broken}"


def test_the_good_manifest_passes_the_same_way() -> None:
    assert errors(found(s.good())) == []


@needs_schemas
def test_the_published_schemas_take_the_good_manifest() -> None:
    assert schema_errors(s.good()) == []


def test_a_path_of_any_keys_can_be_written() -> None:
    assert json_path(("a", 0, "b.c", "it's\\")) == "$.a[0]['b.c']['it\\'s\\\\']"
