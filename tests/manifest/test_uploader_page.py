"""The module that docs/uploader.md shows keeps every rule beside a pipeline that records."""

import json
from pathlib import Path
from typing import Any

from tests.manifest import samples as s

PAGE = Path(__file__).parents[2] / "docs" / "uploader.md"


def with_uploader(document: dict[str, Any]) -> None:
    shown = PAGE.read_text(encoding="utf-8").partition("```json\n")[2].partition("```")[0].strip()
    module: dict[str, Any] = json.loads(f"{{{shown}}}")["VideoUploader"]
    options = json.dumps(module["settings"]["createOptions"])  # as `gen-manifest` writes those of a template
    module["settings"] = {"image": s.IMAGE, "createOptions": options}
    module["env"]["AZURE_STORAGE_KEY"]["value"] = "a2V5"
    s.modules(document)["VideoUploader"] = module


def test_a_manifest_with_the_pages_uploader_has_no_error_and_no_new_warning() -> None:
    before = {(p.rule, p.severity) for p in s.problems(s.good())}

    found = {(p.rule, p.severity) for p in s.problems(s.changed(with_uploader))} - before

    assert {rule for rule, _ in found} <= {"hardening"}, found
