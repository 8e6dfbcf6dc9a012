"""Shared by all tests."""

import os

import pytest


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees the developer's own azdacli settings or colours."""
    for name in [n for n in os.environ if n.startswith("AZDA_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NO_COLOR", "1")
