"""Holds what a verb prints with --json against the schema that ships with it."""

import json
from typing import Any

import jsonschema

from azdacli.util.resources import DATA


def checked(verb: str, printed: str) -> dict[str, Any]:
    """Read one object of a verb; fails when it is not what the verb's schema says."""
    answer: dict[str, Any] = json.loads(printed)
    schema = json.loads((DATA / "schemas" / f"{verb}.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(answer, schema, cls=jsonschema.Draft202012Validator)
    return answer
