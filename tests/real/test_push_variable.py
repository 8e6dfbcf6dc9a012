"""Which variable of a `.env` gets the name of what was pushed: the image's labels say what it is."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support.azda import Azda
from support.engines import Engine
from support.registries import Registry

pytestmark = [pytest.mark.engine, pytest.mark.registry]

BOTH = "DS_AI_PIPELINE_IMAGE_URI=old/pipeline:1\nBUSINESS_LOGIC_IMAGE_URI=old/logic:1\n"


@pytest.fixture(scope="module")
def azda(modern_engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Azda:
    """An engine with a pipeline's image, by its label, and one that is none."""
    azda = Azda(modern_engine, tmp_path_factory.mktemp("push"), {"AZDA_NETWORK": "host"})
    for name, label in (("pose", "LABEL io.azda.release=7.1"), ("logic", "LABEL maintainer=me")):
        folder = tmp_path_factory.mktemp(name)
        (folder / "Dockerfile").write_text(f"FROM scratch\n{label}\nCOPY Dockerfile /x\n")
        azda("build", "--path", str(folder), "--tag", f"{name}:1")
    return azda


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        (("pose:1",), "DS_AI_PIPELINE_IMAGE_URI={0}/pose:1\nBUSINESS_LOGIC_IMAGE_URI=old/logic:1\n"),
        (("logic:1",), "DS_AI_PIPELINE_IMAGE_URI=old/pipeline:1\nBUSINESS_LOGIC_IMAGE_URI={0}/logic:1\n"),
        (("logic:1", "--env-name", "UPLOADER_IMAGE"), BOTH + "UPLOADER_IMAGE={0}/logic:1\n"),
    ],
)
def test_the_label_chooses_the_variable(
    azda: Azda, registry: Callable[..., Registry], tmp_path: Path, words: tuple[str, ...], lines: str
) -> None:
    location = registry()
    env = tmp_path / ".env"
    env.write_text(BOTH)

    azda("push", "--container-registry", location.host, "--env-file", str(env), "--image-name", *words)

    assert env.read_text() == lines.format(location.host)
