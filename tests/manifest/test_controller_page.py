"""The module that docs/controller.md shows keeps every rule in the place of the predecessor's controller."""

import json
from pathlib import Path
from typing import Any

from tests.manifest import samples as s

PAGE = Path(__file__).parents[2] / "docs" / "controller.md"


def shown(language: str) -> str:
    return PAGE.read_text(encoding="utf-8").partition(f"```{language}\n")[2].partition("```")[0].strip()


def with_controller(document: dict[str, Any]) -> None:
    module: dict[str, Any] = json.loads(f"{{{shown('json')}}}")["controllermodule"]
    options = json.dumps(module["settings"]["createOptions"])  # as `gen-manifest` writes those of a template
    module["settings"] = {"image": s.IMAGE, "createOptions": options}
    s.modules(document)["controllermodule"] = module
    configuration = s.twin(document).pop("azdaConfiguration")
    document["modulesContent"]["controllermodule"] = {"properties.desired": {"azdaConfiguration": configuration}}
    s.hub(document)["routes"]["configuration"] = shown("text")


def test_a_manifest_with_the_pages_controller_has_no_error_and_no_new_warning() -> None:
    before = {(p.rule, p.severity) for p in s.problems(s.good())}

    found = {(p.rule, p.severity) for p in s.problems(s.changed(with_controller))} - before

    assert {rule for rule, _ in found} <= {"hardening"}, found
