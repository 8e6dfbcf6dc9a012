"""Which of the two builders builds: BuildKit where it is there, else the classic one."""

from azdacli.engine import buildx
from azdacli.engine.base import Builder
from azdacli.engine.docker import DockerEngine
from azdacli.errors import EngineError, SpecError

AUTO, SDK, BUILDX = "auto", "sdk", "buildx"


def choose(name: str, engine: DockerEngine) -> Builder:
    """Pick the builder that `--builder` asks for.

    Raises:
        SpecError: There is no builder of that name.
        EngineError: BuildKit was asked for and is not there.
    """
    if name == SDK:
        return engine
    if name == BUILDX:
        if not buildx.available():
            raise EngineError(
                "BuildKit was requested, but this docker has no buildx",
                hint="Install docker's buildx plugin, or use --builder sdk.",
            )
        return buildx.Buildx(engine)
    if name == AUTO:
        return buildx.Buildx(engine) if engine.prefers_buildkit and buildx.available() else engine
    raise SpecError(f"there is no builder '{name}'", hint="Choose one of: auto, sdk, buildx.")
