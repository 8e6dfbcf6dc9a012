"""The other elements' files become groups of texts, or are refused by their name."""

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulator.errors import ConfigurationError
from simulator.keyfile import parse_yaml, read_groups


def test_both_formats_become_the_same_groups(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("[property]\na=0.50\nb=true\nd=3;4\nd=5\ne=\n", encoding="utf-8")
    (tmp_path / "a.yml").write_text("property:\n  a: 0.50\n  b: true\n  d: 5\n  e:\n", encoding="utf-8")
    assert read_groups(tmp_path / "a.txt") == read_groups(tmp_path / "a.yml")


def test_a_list_in_yaml_is_one_between_semicolons() -> None:
    groups = parse_yaml("%YAML:1.0\nproperty:\n  c: [1, 2]\n  d: 3;4\nother:\n", "f")
    assert groups == {"property": {"c": "1;2", "d": "3;4"}, "other": {}}


@pytest.mark.parametrize("text", ["- a\n", "a: 1\n", "a:\n  b:\n    c: 1\n", "a: [", "a: b: c", "%YAML:1.0\n\t- x"])
def test_yaml_that_holds_no_groups_of_keys_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="file f"):
        parse_yaml(text, "f")


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(ConfigurationError):
        parse_yaml(text, "f")


def test_a_file_that_is_away_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"away\.txt"):
        read_groups(tmp_path / "away.txt")


def test_the_line_that_glib_stops_at_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("[property]\nno value\n", encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"a\.txt, line 2: "):
        read_groups(path)
