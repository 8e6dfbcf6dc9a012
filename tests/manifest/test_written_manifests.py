"""A hundred manifests in the styles that people and their tools write: no false error, and no planted fault missed."""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from azdacli.manifest import template
from tests.manifest import samples as s
from tests.manifest.test_mutations import found

Document = dict[str, Any]
COUNT = 100


def shuffled(document: Document, choose: random.Random) -> Document:
    """Write the keys of every object in another order."""

    def again(value: Any) -> Any:
        if isinstance(value, list):
            return [again(item) for item in value]
        if not isinstance(value, dict):
            return value
        keys = list(value)
        choose.shuffle(keys)
        return {key: again(value[key]) for key in keys}

    result: Document = again(document)
    return result


def pieces(document: Document, choose: random.Random) -> Document:
    """Cut createOptions as the tools of IoT Edge do, or write them with blanks."""
    for module in s.modules(document).values():
        text = json.dumps(json.loads(module["settings"]["createOptions"]), indent=choose.choice((None, 1, 2)))
        cut = choose.choice((512, 512, 100)) if len(text) < 700 else 512
        parts = [text[start : start + cut] for start in range(0, len(text), cut)]
        module["settings"].pop("createOptions")
        for number, part in enumerate(parts):
            module["settings"]["createOptions" + (f"{number:02}" if number else "")] = part
    return document


def routes(document: Document, choose: random.Random) -> Document:
    """Write routes as objects or texts, with other blanks, quotes and cases."""
    own = s.hub(document)["routes"]
    for name, value in own.items():
        text = value["route"] if isinstance(value, dict) else value
        text = choose.choice((text, text.replace("FROM ", "from  ").replace(" INTO ", "  into "), f"{text} "))
        own[name] = choose.choice((text, {"route": text}, {"route": text, "priority": 3, "timeToLiveSecs": 86400}))
    own["all"] = choose.choice(("FROM /messages/* INTO $upstream", "FROM /* WHERE $body.a > 1 INTO $upstream"))
    return document


def more_modules(document: Document, choose: random.Random) -> Document:
    """Add modules of others, with what the portal and other tools write for them."""
    for number in range(choose.randrange(1, 8)):
        module: Document = {
            "type": "docker",
            "status": choose.choice(("running", "stopped")),
            "restartPolicy": choose.choice(("always", "never")),
            "settings": {
                "image": choose.choice(("mcr.microsoft.com/azuremonitor/containerinsights/a:1.2", "a/b:2", "redis:7")),
                "createOptions": choose.choice(("{}", '{"HostConfig":{"Binds":["/srv:/data:ro"]}}')),
            },
        }
        if choose.random() < 0.5:
            module |= {"version": "1.0", "startupOrder": number + 2, "imagePullPolicy": "on-create"}
        if choose.random() < 0.5:
            module["env"] = {"A_B": {"value": choose.choice(("", "text", "Ünïcode", 7, True))}}
        s.modules(document)[f"{choose.choice(('Other', 'my-module', 'mod_'))}{number}"] = module
    return document


def twins(document: Document, choose: random.Random) -> Document:
    """Give modules desired properties of their own."""
    twin = {"interval": choose.choice((1, 2.5)), "names": {"a": "b"}, "on": True, "nothing": None, "text": "x" * 100}
    document["modulesContent"]["watcher"] = {"properties.desired": twin}
    if choose.random() < 0.5:
        s.twin(document).update(outputVideoLength=10, autoStopRecordingTime=60)
    return document


def older(document: Document, choose: random.Random) -> Document:
    """Write the schema versions that older tools write."""
    s.agent(document)["schemaVersion"] = choose.choice(("1.0", "1.1"))
    s.hub(document)["schemaVersion"] = choose.choice(("1.1", "1.2"))
    return document


STYLES: list[Callable[[Document, random.Random], Document]] = [pieces, routes, more_modules, twins, older, shuffled]


FAULTS: list[tuple[str, s.Change]] = [
    ("shape", lambda d: s.pipeline(d).pop("status")),
    ("agent-schema-version", lambda d: s.agent(d).update(schemaVersion="2.0")),
    ("hub-schema-version", lambda d: s.hub(d).update(schemaVersion="1.4")),
    ("module-name", lambda d: s.modules(d).update({"a b": s.modules(d)["watcher"]})),
    ("env-name", lambda d: s.pipeline(d)["env"].update({"A B": {"value": ""}})),
    ("image-form", lambda d: s.pipeline(d)["settings"].update(image="r.io/A:1")),
    ("image-form", lambda d: s.modules(d)["watcher"]["settings"].update(image="")),
    ("create-options", lambda d: s.pipeline(d)["settings"].update(createOptions="{")),
    ("create-options-type", lambda d: s.options(d, {"HostConfig": {"Memory": "512m"}})),
    ("create-options-type", lambda d: s.options(d, {"Env": {"A": "b"}}, "watcher")),
    ("binds", lambda d: s.options(d, {"HostConfig": {"Binds": ["./a:/b"]}})),
    ("port-bindings", lambda d: s.options(d, {"HostConfig": {"PortBindings": {"rtsp": [{"HostPort": "1"}]}}})),
    ("route-syntax", lambda d: s.hub(d)["routes"].update(new="FROM /messages/* TO $upstream")),
    ("route-sink", lambda d: s.hub(d)["routes"].update(new='FROM /* INTO BrokeredEndpoint("/modules/no/inputs/a")')),
    ("twin-size", lambda d: s.twin(d).update(much=["x" * 4000] * 9)),
    ("twin-key", lambda d: s.twin(d).update({"a.b": 1})),
    (
        "credential-address",
        lambda d: s.agent(d)["runtime"]["settings"]["registryCredentials"]["shop"].update(
            address="https://shop.azurecr.io"
        ),
    ),
    ("settings", lambda d: s.twin(d)["azdaConfiguration"]["components"]["deepStream"].update(pipelineConfigs=7)),
    (
        "asset-path",
        lambda d: s.twin(d)["azdaConfiguration"]["components"]["deepStream"]["pipelineConfigs"][0][
            "primaryModelConfigPath"
        ].update(configFile="/custom-assets/pgi.txt"),
    ),
]


def write(seed: int) -> tuple[Document, str]:
    """Manifest number `seed`, and the rule that must find what is wrong with it; empty where nothing is."""
    choose = random.Random(seed)
    document, expected = s.good(), ""
    chosen = choose.sample(STYLES, k=choose.randrange(1, len(STYLES) + 1))
    for style in chosen:
        document = style(document, choose)
    if seed % 2:
        expected, change = FAULTS[(seed // 2) % len(FAULTS)]
        for module in s.modules(document).values():  # a fault of createOptions takes the place of all pieces
            joined = "".join(
                module["settings"].pop(key) for key in sorted(module["settings"]) if key.startswith("create")
            )
            module["settings"]["createOptions"] = joined
        change(document)
    return document, expected


@pytest.mark.parametrize("part", range(4))
def test_right_manifests_pass_and_planted_faults_are_found(part: int) -> None:
    wrong: list[str] = []
    for seed in range(part, COUNT, 4):
        document, expected = write(seed)
        errors = {p.rule: p.message for p in found(document) if p.severity == "error"}
        if bool(expected) is not bool(errors) or (expected and expected not in errors):
            wrong.append(f"{seed}: expected {expected or 'nothing'}, found {errors}")
    assert wrong == []


def test_what_other_tools_wrap_around_is_the_same_manifest() -> None:
    document, _ = write(0)
    assert template.unwrapped({"content": document}) == document
