"""Each verb's JSON is what its schema says: when it is done, when a rule is broken, and when the line is wrong."""

import json
import re
from pathlib import Path

import pytest
from support import runtimes
from support.registries import StartRegistry
from typer.testing import CliRunner

from azdacli.cli.app import COMMANDS, app
from azdacli.util.resources import DATA
from tests.cli.schemas import checked
from tests.cli.test_cli import script
from tests.manifest import samples as s
from tests.publish.test_publish import publish

FOLDER = Path(__file__).parents[2] / "examples" / "blob-detector" / "custom-assets"


def run(*words: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout


def test_every_verb_has_a_schema_and_every_schema_a_verb() -> None:
    assert {path.stem for path in (DATA / "schemas").glob("*.json")} == set(COMMANDS)


@pytest.mark.parametrize("verb", COMMANDS)
def test_a_wrong_command_line_is_a_failure_of_the_schema(verb: str) -> None:
    code, printed = run(verb, "--no-such-option", "--json")
    assert checked(verb, printed)["error"]["exitCode"] == code == 2


@pytest.mark.parametrize("verb", COMMANDS)
def test_keys_are_in_camel_case(verb: str) -> None:
    text = (DATA / "schemas" / f"{verb}.json").read_text(encoding="utf-8")

    def keys(value: object) -> list[str]:
        if isinstance(value, list):
            return [key for item in value for key in keys(item)]
        if not isinstance(value, dict):
            return []
        own = list(value["properties"]) if isinstance(value.get("properties"), dict) else []
        return own + [key for item in value.values() for key in keys(item)]

    assert [key for key in keys(json.loads(text)) if not re.fullmatch(r"[a-z][a-zA-Z0-9]*", key)] == []


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("create", "--device-type", "CPU", "--no-build-image"), 0),
        (("create", "--device-type", "toaster", "--no-build-image"), 3),
        (("build", "--path", "/nowhere", "--tag", "a"), 3),
        (("push", "--image-name", "a"), 3),
        (("publish", "--base", "a", "--image", "b"), 3),
        (("inspect", FOLDER / "blob.onnx"), 0),
        (("inspect", "/nowhere"), 3),
        (("init", "/proc/nowhere", "--example", "detector"), 3),
        (("init", FOLDER, "--example", "detector"), 3),
        (("validate-parser", FOLDER), 0),
        (("validate-parser", "/nowhere"), 3),
        (("gen-manifest", "--template", "/nowhere", "--inspect", "none"), 3),
        (("simulate", "/nowhere", "--source", "test:ball"), 3),
    ],
)
def test_a_verb_prints_what_its_schema_says(words: tuple[object, ...], code: int) -> None:
    found, printed = run(*words, "--json")
    assert found == code
    assert checked(str(words[0]), printed)["ok"] is (code == 0)


def test_a_manifest_made_checked_or_refused_is_what_the_schema_says(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(s.good()))
    bad.write_text(json.dumps(s.changed(lambda d: s.agent(d).update(schemaVersion="9"))))
    for path, code in ((good, 0), (bad, 8)):
        found, printed = run("gen-manifest", "--check", path, "--inspect", "none", "--json")
        assert (found, checked("gen-manifest", printed)["ok"]) == (code, code == 0)
        found, printed = run("deploy", path, "--device", "d", "--hub", "h", "--dry-run", "--json")
        assert (found, checked("deploy", printed)["ok"]) == (code, code == 0)
    words = ("--template", good, "--output", "-", "--diff", good, "--inspect", "none")
    found, printed = run("gen-manifest", *words, "--json")
    assert found == 0
    assert {"document", "changes"} <= set(checked("gen-manifest", printed))


def test_a_published_image_is_what_the_schema_says(tmp_path: Path, any_registry: StartRegistry) -> None:
    one = any_registry()
    runtimes.put_runtime(runtimes.connect(one.host).repository("runtime", push=True), "1")
    (tmp_path / "labels.txt").write_text("person\n")
    words = ("--base", f"{one.host}/runtime:1", "--add", "labels.txt /custom-assets/")
    done = publish(tmp_path / "folder", *words, "--image", f"oci:{tmp_path}/layout:1", "--json")
    assert done.returncode == 0, done.stderr
    answer = checked("publish", done.stdout)
    assert answer["pinned"].endswith(answer["digest"])


def test_the_page_about_json_is_what_the_schemas_say() -> None:
    page = (Path(__file__).parents[2] / "docs" / "json.md").read_text(encoding="utf-8")
    assert script("generate-docs").json_reference() == page
