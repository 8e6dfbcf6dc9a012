"""These tests run on a registry in memory and on Debian's."""

import pytest
from support.registries import StartRegistry


@pytest.fixture
def registry(any_registry: StartRegistry) -> StartRegistry:
    """Start registries: `registry()`, `registry("htpasswd")`, `registry("token")`."""
    return any_registry
