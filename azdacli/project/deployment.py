"""The settings of a pipeline, a deployment template for it, and the variables of the template."""

import json
from collections.abc import Sequence

from azdacli.image.spec import Target
from azdacli.manifest import compose, configuration
from azdacli.manifest.compose import Composition
from azdacli.manifest.pipelines import Model, Pipeline
from azdacli.manifest.stream_options import Stream

ASSETS = "/custom-assets"
_REGISTRY = "myregistry.azurecr.io"
_CAMERA = "rtsp://192.0.2.1/stream"  # of the addresses for documentation (RFC 5737)


def settings(pipeline: str, models: Sequence[tuple[str, str]]) -> str:
    """The settings file for `serve --settings`.

    Args:
        pipeline: Its id.
        models: Configuration and parser of the primary model, then of the secondary one; an empty parser for none.
    """
    stream = Stream(name="camera", kind="RTSP", address=_CAMERA)
    value = configuration.build([stream], [_pipeline(pipeline, models)], [])
    return json.dumps({"azdaConfiguration": value}, indent=2) + "\n"


def template(pipeline: str, models: Sequence[tuple[str, str]], target: Target) -> str:
    """The deployment template; its variables stand in `.env`."""
    composition = Composition(
        target=target,
        image="$DS_AI_PIPELINE_IMAGE_URI",
        streams=(
            Stream(
                name="camera",
                kind="RTSP",
                address="$CAMERA_URI",
                username="$CAMERA_USERNAME",
                password="$CAMERA_PASSWORD",  # noqa: S106 # the name of a variable
            ),
        ),
        pipelines=(_pipeline(pipeline, models),),
        credentials=True,
    )
    return json.dumps(compose.template(composition), indent=2) + "\n"


def variables(name: str) -> str:
    """The `.env` beside the template."""
    return "\n".join(
        [
            "# The variables of deployment.default.template.json. It gets passwords: keep it out of version control.",
            "# `azdacli push --env-file .env` writes the image's address here.",
            f"DS_AI_PIPELINE_IMAGE_URI={_REGISTRY}/{name}:1.0",
            "# The device pulls with them; a public registry needs no registryCredentials in the template.",
            f"CONTAINER_REGISTRY_NAME={_REGISTRY}",
            "CONTAINER_REGISTRY_USERNAME=",
            "CONTAINER_REGISTRY_PASSWORD=",
            f"CAMERA_URI={_CAMERA}",
            "CAMERA_USERNAME=",
            "CAMERA_PASSWORD=",
            "",
        ]
    )


def _pipeline(name: str, models: Sequence[tuple[str, str]]) -> Pipeline:
    made = [Model(config=f"{ASSETS}/{c}", parser=f"{ASSETS}/{p}" if p else "") for c, p in models]
    return Pipeline(id=name, primary=made[0], secondaries=tuple(made[1:]))
