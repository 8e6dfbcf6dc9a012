"""How long it takes to fill in, finish and check a manifest of 50 modules, without the runtime's own process.

    python bench/manifest.py

Seconds for one manifest (the best of ten), and their part of what is allowed.
"""

import copy
import json
import os
import sys
import time

from measure import ROOT, figure, report

sys.path.insert(0, str(ROOT))

from azdacli.manifest import generate, text  # the checkout's own package
from azdacli.manifest.settings import SettingsReport

MODULES = 50
ROUNDS = int(os.environ.get("AZDA_BENCH_ROUNDS", "10"))
LIMIT = 0.5
"""Seconds that one manifest may take."""


def template() -> str:
    """A template of 50 modules, each with variables, options, a twin and two routes."""
    document = json.loads((ROOT / "tests" / "golden" / "manifests" / "dgpu.json").read_text(encoding="utf-8"))
    content = document["modulesContent"]
    modules = content["$edgeAgent"]["properties.desired"]["modules"]
    routes = content["$edgeHub"]["properties.desired"]["routes"]
    body = {key: value for key, value in modules["ai-pipeline"].items() if key != "settings"}
    for number in range(MODULES - 1):
        name = f"module{number:02}"
        options = {"Labels": {f"label{n}": "x" * 20 for n in range(3)}, "HostConfig": {"Binds": ["cache:/data"]}}
        modules[name] = {**copy.deepcopy(body), "settings": {"image": "$ACR/module:1", "createOptions": options}}
        content[name] = {"properties.desired": {f"key{n}": {"list": [1, 2.5, "text"]} for n in range(10)}}
        routes[f"{name}up"] = f"FROM /messages/modules/{name}/outputs/* INTO $upstream"
        routes[f"{name}on"] = f'FROM /messages/modules/{name}/* INTO BrokeredEndpoint("/modules/module00/inputs/in")'
    return json.dumps(document)


def once(source: str) -> float:
    """Seconds from the template's text to the manifest's."""
    begun = time.perf_counter()
    request = generate.ManifestRequest(template=text.loads(source, source="bench"), platform="amd64")
    variables = generate.Variables(environ={"ACR": "shop.azurecr.io"})
    nothing = SettingsReport(problems=(), paths=())
    made = generate.generate(request, variables, reader=lambda questions: [nothing for _ in questions])
    text.dumps(made.document)
    seconds = time.perf_counter() - begun
    wrong = [p for p in made.problems if p.severity == "error"]
    if wrong:
        raise SystemExit(f"the manifest is wrong: {wrong[0]}")
    return seconds


def main() -> None:
    """Measure and print."""
    source = template()
    best = min(once(source) for _ in range(ROUNDS))
    report(
        {
            "modules": figure(MODULES, "count"),
            "template": figure(len(source) / 1e6, "MB"),
            "generate": figure(best, "s"),
            "generate_to_limit": figure(best / LIMIT, "ratio"),
        }
    )


if __name__ == "__main__":
    main()
