"""JSON merge patch (RFC 7396): what a twin's patch makes of it, and a template's part of a manifest."""

from collections.abc import Mapping
from typing import Any


def merged(target: object, patch: object) -> Any:
    """Apply a patch: null removes a member, objects are merged, all else replaces.

    Args:
        target: Plain data; it stays as it is.
        patch: Plain data.
    """
    if not isinstance(patch, Mapping):
        return patch
    result = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result
