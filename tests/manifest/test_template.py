"""Templates: read as JSON, variables filled in as data, createOptions cut into pieces, the rest unchanged."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from azdacli.errors import ManifestError
from azdacli.manifest import generate, text
from azdacli.manifest.problems import json_path
from azdacli.manifest.template import finished, loaded
from azdacli.util import env_file
from tests.manifest import samples as s

anything = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=60)
awkward = st.lists(
    st.sampled_from(['"', "\\", "\n", "\r", "$", "${", "}", "$A", "${B}", "{", "ü", "😀", "'", "#", " ", "=", "x"])
).map("".join)


def made(template: Any, values: dict[str, str], *, folders: tuple[Path, ...] = (), **more: Any) -> generate.Generated:
    variables = generate.Variables(environ={}, file=values, literal=more.pop("literal", frozenset()))
    request = generate.ManifestRequest(template=template, platform="amd64", folders=folders, **more)
    return generate.generate(request, variables, reader=s.reader)


def with_env(value: str, *, name: str = "V") -> s.Document:
    return s.changed(lambda d: s.pipeline(d)["env"].update({name: {"value": value}}))


def env_value(document: s.Document, name: str = "V") -> str:
    return s.pipeline(document)["env"][name]["value"]


@settings(deadline=None)
@given(anything | awkward, anything | awkward)
def test_a_value_stands_in_the_manifest_exactly_as_it_is(one: str, two: str) -> None:
    filled = made(with_env("<$A|${B}>"), {"A": one, "B": two})
    assert env_value(json.loads(text.dumps(filled.document))) == f"<{one}|{two}>"


@settings(deadline=None)
@given(anything | awkward)
def test_a_value_that_went_through_an_env_file_is_the_same(
    tmp_path_factory: pytest.TempPathFactory, value: str
) -> None:
    path = tmp_path_factory.mktemp("env") / ".env"
    env_file.set_variable(path, "A", value)
    filled = made(with_env("$A"), env_file.read(path, {}))
    assert env_value(json.loads(text.dumps(filled.document))) == value


@settings(deadline=None)
@given(anything | awkward)
def test_a_value_inside_create_options_cannot_break_out_of_its_string(value: str) -> None:
    template = s.changed(lambda d: s.options(d, {"Env": ["A=$A"], "HostConfig": {"Binds": ["a:/b"]}}))
    settings = s.pipeline(made(template, {"A": value}).document)["settings"]
    joined = "".join(settings[key] for key in sorted(settings) if key.startswith("createOptions"))
    assert json.loads(joined) == {"Env": [f"A={value}"], "HostConfig": {"Binds": ["a:/b"]}}


@settings(deadline=None)
@given(st.dictionaries(anything, anything, max_size=40))
def test_create_options_are_cut_into_pieces_of_512_bytes_that_give_the_same_object(labels: dict[str, str]) -> None:
    template = s.changed(lambda d: s.pipeline(d)["settings"].update(createOptions={"Labels": labels}))
    settings = s.pipeline(finished(template))["settings"]
    keys = [key for key in settings if key.startswith("createOptions")]
    assert keys == ["createOptions", *(f"createOptions{n:02}" for n in range(1, len(keys)))]
    assert all(len(settings[key].encode()) <= 512 for key in keys)
    assert all(len(settings[key]) == 512 for key in keys[:-1])
    assert json.loads("".join(settings[key] for key in keys)) == {"Labels": labels}


def test_the_same_input_gives_the_same_bytes() -> None:
    values = {"A": "x"}
    assert text.dumps(made(with_env("$A"), values).document) == text.dumps(made(with_env("$A"), values).document)


def test_an_unresolved_variable_is_one_error_that_names_every_place() -> None:
    template = with_env("$TAG")
    s.modules(template)["watcher"]["settings"]["image"] = "shop.azurecr.io/watcher:${TAG}"
    found = [p for p in made(template, {}).problems if p.rule == "unresolved-variable"]
    assert len(found) == 1
    assert {p.rule for p in made(template, {}).problems if p.path == found[0].path} == {"unresolved-variable"}
    assert "env.V.value" in found[0].message
    assert "modules.watcher.settings.image" in found[0].message


def test_an_empty_value_is_a_value() -> None:
    filled = made(with_env("a$A"), {"A": ""})
    assert env_value(filled.document) == "a"
    assert "unresolved-variable" not in {p.rule for p in filled.problems}


@pytest.mark.parametrize("value", ["$edgeAgent", "$upstream", "$edgeHub x", "$5", "100 $", "$", "$$", "a$ b"])
def test_what_is_no_variable_stays(value: str) -> None:
    filled = made(with_env(value), {"upstream": "no", "edgeAgent": "no"})
    assert env_value(filled.document) == value
    assert not {p.rule for p in filled.problems} & {"unresolved-variable", "unknown-variable-form"}


def test_a_variable_can_be_kept_as_it_stands() -> None:
    filled = made(with_env("$HOME and ${TAG}"), {"TAG": "1"}, literal=frozenset({"HOME"}))
    assert env_value(filled.document) == "$HOME and 1"
    assert "unresolved-variable" not in {p.rule for p in filled.problems}


def test_a_form_that_is_no_variable_is_left_and_told() -> None:
    filled = made(with_env("${TAG:-1}"), {"TAG": "2"})
    assert env_value(filled.document) == "${TAG:-1}"
    assert "unknown-variable-form" in {p.rule for p in filled.problems}


def test_a_routes_condition_keeps_its_body_and_takes_a_variable_in_braces() -> None:
    template = s.changed(
        lambda d: s.hub(d)["routes"].update(
            up="FROM /* WHERE $body.a > ${LIMIT} AND $connectionModuleId = 'x' INTO $upstream"
        )
    )
    filled = made(template, {"LIMIT": "3"})
    expected = "FROM /* WHERE $body.a > 3 AND $connectionModuleId = 'x' INTO $upstream"
    assert s.hub(filled.document)["routes"]["up"] == expected
    assert not {p.rule for p in filled.problems} & {"unresolved-variable", "route-syntax"}


def test_a_key_is_filled_in_too() -> None:
    template = s.changed(lambda d: s.modules(d).update({"$NAME": s.modules(d).pop("watcher")}))
    assert "watcher" in s.modules(made(template, {"NAME": "watcher"}).document)


def test_two_keys_that_become_one_are_an_error() -> None:
    template = s.changed(lambda d: s.modules(d).update({"$NAME": s.modules(d)["watcher"]}))
    found = [p for p in made(template, {"NAME": "watcher"}).problems if "stands twice" in p.message]
    assert [json_path(p.path).rpartition(".")[2] for p in found] == ["watcher"]


def test_a_secret_variable_is_in_no_message() -> None:
    template = s.changed(lambda d: s.modules(d)["watcher"]["settings"].update(image="shop.azurecr.io/A:$DB_PASSWORD"))
    filled = made(template, {"DB_PASSWORD": "correct horse"})
    assert any(p.rule == "image-form" for p in filled.problems)
    assert not any("correct horse" in p.message + p.hint for p in filled.problems)


# -- reading ----------------------------------------------------------------------------------------------------------


def test_comments_are_read_over_and_not_looked_for_in_strings() -> None:
    source = '// a\n{"modulesContent": {}, /* "b": 1,\n */ "c": "http://x /* y */", "d": "\\"//"} // end'
    assert loaded(source, "t") == {"modulesContent": {}, "c": "http://x /* y */", "d": '"//'}


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | anything, lambda c: st.lists(c) | st.dictionaries(anything, c)
    )
)
def test_any_json_is_read_as_it_is(value: Any) -> None:
    assert text.loads(json.dumps({"v": value}), source="t") == {"v": value}
    assert text.loads(text.dumps({"v": value}), source="t") == {"v": value}


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("", "line 1, column 1"),
        ("[]", "holds no JSON object"),
        ('{"modulesContent": $X}', "line 1, column 20"),
        ('{"a": 1,\n "b": 2,\n}', r"line \d, column"),
        ('{"a": 1, "a": 2}', "the key 'a' appears twice"),
        ('{"a": NaN}', "NaN is not a JSON number"),
        ('{"a": 1e999}', "too large"),
        ('{"a": ' + "[" * 200_000, "nested too deeply"),
        ("/* open", "line 1"),
        ('"' + "/*" * 200_000, "line 1"),
        ("/*" * 200_000, "line 1"),
        (" " * 5_000_000, "larger than"),
        ('{"a": ' + "9" * 5000 + "}", "t: "),
        ('{"b": {}}', "no 'modulesContent'"),
    ],
)
def test_what_is_no_template_is_one_error(source: str, sentence: str) -> None:
    with pytest.raises(ManifestError, match=sentence):
        loaded(source, "t")


def test_other_tools_forms_are_taken() -> None:
    inner = s.good()["modulesContent"]
    for form in ({"modulesContent": inner}, {"moduleContent": inner}, {"content": {"modulesContent": inner}}):
        assert loaded(json.dumps(form), "t") == {"modulesContent": inner}


def test_the_marks_of_a_template_are_removed() -> None:
    assert finished({"$schema-template": "4.0.0", "$schema": "x", **s.good()}) == finished(s.good())


def test_broken_shapes_go_through_to_the_checks() -> None:
    for document in ({}, {"modulesContent": 1}, {"modulesContent": {"$edgeAgent": []}}):
        assert finished(document) == document
    document = s.changed(lambda d: s.modules(d).update(watcher=3))
    assert "shape" in s.rules(finished(document))


# -- images that the solution builds ----------------------------------------------------------------------------------


@pytest.fixture
def solution(tmp_path: Path) -> Path:
    (tmp_path / "modules" / "watch").mkdir(parents=True)
    (tmp_path / "modules" / "watch" / "module.json").write_text(
        '{"image": {"repository": "$ACR/Watch", "tag": {"version": "0.1", "platforms": {"amd64": "./Dockerfile", '
        '"amd64.debug": "./Dockerfile.debug", "arm64v8": "./Dockerfile"}}}}'
    )
    return tmp_path


@pytest.mark.parametrize(
    ("placeholder", "image"),
    [
        ("${MODULES.watch}", "shop.azurecr.io/watch:0.1-amd64"),
        ("${MODULES.watch.arm64v8}", "shop.azurecr.io/watch:0.1-arm64v8"),
        ("${MODULES.watch.debug}", "shop.azurecr.io/watch:0.1-amd64.debug"),
        ("${MODULEDIR<modules/watch>.arm64v8}", "shop.azurecr.io/watch:0.1-arm64v8"),
        ("${MODULEDIR<modules/watch>}", "shop.azurecr.io/watch:0.1-amd64"),
    ],
)
def test_a_modules_own_image_is_found(solution: Path, placeholder: str, image: str) -> None:
    template = s.changed(lambda d: s.modules(d)["watcher"]["settings"].update(image=placeholder))
    filled = made(template, {"ACR": "shop.azurecr.io"}, folders=(solution / "none", solution))
    assert s.modules(filled.document)["watcher"]["settings"]["image"] == image


def test_the_container_tag_goes_between_version_and_platform(solution: Path) -> None:
    template = s.changed(lambda d: s.modules(d)["watcher"]["settings"].update(image="${MODULES.watch}"))
    filled = made(template, {"ACR": "shop.azurecr.io", "CONTAINER_TAG": "rc"}, folders=(solution,))
    assert s.modules(filled.document)["watcher"]["settings"]["image"] == "shop.azurecr.io/watch:0.1-rc-amd64"


@pytest.mark.parametrize(
    ("placeholder", "sentence"),
    [
        ("${MODULES.nobody}", "no modules/nobody/module.json"),
        ("${MODULES.watch.s390x}", "no platform 's390x'; it has: amd64"),
        ("${MODULES.}", "not a placeholder"),
        ("${MODULES.broken}", "cannot be read"),
        ("${MODULES.empty}", "no image with repository"),
    ],
)
def test_a_module_that_is_not_there_is_an_error(solution: Path, placeholder: str, sentence: str) -> None:
    for name, content in (("broken", "{"), ("empty", "{}")):
        (solution / "modules" / name).mkdir()
        (solution / "modules" / name / "module.json").write_text(content)
    template = s.changed(lambda d: s.modules(d)["watcher"]["settings"].update(image=placeholder))
    found = [p for p in made(template, {}, folders=(solution,)).problems if p.rule == "module-image"]
    assert re.search(sentence, found[0].message)


def test_a_missing_module_is_told_once_with_all_its_places_and_nothing_that_follows_from_it(solution: Path) -> None:
    template = s.changed(lambda d: s.modules(d)["watcher"]["settings"].update(image="${MODULES.gone}"))
    s.pipeline(template)["settings"]["image"] = "${MODULES.gone}"
    problems = made(template, {}, folders=(solution, solution)).problems
    (reported,) = [p for p in problems if p.severity == "error"]
    assert reported.rule == "module-image"
    assert "watcher" in reported.message
    assert "ai-pipeline" in reported.message
    assert reported.message.count(str(solution)) == 1
    assert not [p for p in problems if p.rule == "credential-unused"]
