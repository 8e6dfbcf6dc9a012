"""What the engine is sent to build from."""

import pytest

from azdacli.image import catalog, context
from azdacli.image.spec import ImageSpec, Target

CATALOG = catalog.load()


def names(target: Target, platform: str) -> set[str]:
    spec = ImageSpec(release=CATALOG.default, target=target, platform=platform)
    return {entry.name for entry in context.gather(spec, [], CATALOG).entries}


@pytest.mark.parametrize(("target", "platform"), [(Target.DGPU, "linux/amd64"), (Target.JETSON, "linux/arm64")])
def test_a_device_gets_nothing_of_the_simulator(target: Target, platform: str) -> None:
    sent = names(target, platform)
    assert "azda_runtime/__main__.py" in sent
    assert {"dsconfig/__init__.py", "dsconfig/keyfile.py"} <= sent, "the runtime reads configurations through it"
    assert not [name for name in sent if name.startswith("simulator/") or "pyds" in name]


def test_a_cpu_gets_the_simulator_and_its_packages() -> None:
    sent = names(Target.CPU, "linux/amd64")
    for name in ("elements/nvinfer.py", "plugins/python/nvinfer.py", "site-packages/pyds/api.json", "requirements.txt"):
        assert f"simulator/{name}" in sent
    assert sent >= names(Target.DGPU, "linux/amd64")


def test_what_an_interpreter_left_behind_is_not_sent() -> None:
    assert not [name for name in names(Target.CPU, "linux/amd64") if "__pycache__" in name or name.endswith(".pyc")]
