"""The `azdaConfiguration` of a manifest from options, and the paths in it from the image's own list of files."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from azdacli.errors import SpecError
from azdacli.manifest.pipelines import Model, Pipeline
from azdacli.manifest.stream_options import Region, Stream

_CONFIG_ENDINGS = (".txt", ".pbtxt", ".yml", ".yaml")


def with_files(pipeline: Pipeline, assets: tuple[str, ...]) -> Pipeline:
    """Fill in paths from the image's own list of files.

    A file's bare name becomes its path, and a pipeline without a configuration takes the image's only one.

    Args:
        pipeline: What was asked for.
        assets: Absolute paths of the user's files in the image.

    Raises:
        SpecError: A bare name or the missing configuration fits several files, or none.
    """
    if pipeline.archive[0]:
        return pipeline
    primary = pipeline.primary or Model(config=_only_configuration(pipeline, assets))
    return replace(
        pipeline,
        primary=_placed(primary, assets),
        secondaries=tuple(_placed(model, assets) for model in pipeline.secondaries),
    )


def build(streams: Sequence[Stream], pipelines: Sequence[Pipeline], regions: Sequence[Region]) -> dict[str, Any]:
    """Write streams, pipelines and regions in the controller's words; a pipeline that names no stream has them all."""
    return {
        "platform": "DeepStream",
        "components": {
            "logLevel": "information",
            "sensors": [_sensor(stream, regions) for stream in streams],
            "deepStream": {
                "enable": True,
                "pipelineConfigs": [_pipeline(pipeline) for pipeline in pipelines],
                "streams": _streams(streams, pipelines),
            },
        },
    }


def _sensor(stream: Stream, regions: Sequence[Region]) -> dict[str, Any]:
    return {
        "name": stream.name,
        "kind": {"type": "vision", "subtype": stream.kind},
        "endpoint": stream.address,
        "regionsOfInterest": [
            {"color": region.color, "label": region.label, "coordinates": [list(point) for point in region.points]}
            for region in regions
            if region.stream == stream.name
        ],
    }


def _pipeline(pipeline: Pipeline) -> dict[str, Any]:
    url, sha256 = pipeline.archive
    return {
        "id": pipeline.id,
        "unsecureZipUrl": url,
        **({"unsecureZipSha256": sha256} if sha256 else {}),
        "primaryModelConfigPath": pipeline.primary.as_json() if pipeline.primary else "",
        "secondaryModelConfigPaths": [model.as_json() for model in pipeline.secondaries],
        "trackerConfigPath": pipeline.tracker,
        "deepstreamPassthrough": "",
        "pipelineOptions": dict(pipeline.options),
    }


def _streams(streams: Sequence[Stream], pipelines: Sequence[Pipeline]) -> list[dict[str, str]]:
    by_name = {stream.name: stream for stream in streams}
    return [
        {
            "name": name,
            "uname": by_name[name].username,
            "password": by_name[name].password,
            "configId": pipeline.id,
        }
        for pipeline in pipelines
        for name in pipeline.streams or by_name
    ]


def _placed(model: Model, assets: tuple[str, ...]) -> Model:
    return Model(config=_path(model.config, assets), parser=_path(model.parser, assets) if model.parser else "")


def _path(name: str, assets: tuple[str, ...]) -> str:
    if "/" in name or "$" in name:
        return name
    fits = [asset for asset in assets if asset.endswith(f"/{name}")]
    if len(fits) == 1:
        return fits[0]
    if fits:
        raise SpecError(f"'{name}' fits several files of the image: {', '.join(fits)}", hint="Write the whole path.")
    files = ", ".join(assets[:8])
    raise SpecError(f"the image has no file '{name}' of yours", hint=f"It has: {files}." if files else None)


def _only_configuration(pipeline: Pipeline, assets: tuple[str, ...]) -> str:
    names = [asset for asset in assets if asset.endswith(_CONFIG_ENDINGS) and "config" in asset.rsplit("/", 1)[-1]]
    if len(names) == 1:
        return names[0]
    found = f"it could be {', '.join(names)}" if names else "the image's list of files shows none"
    raise SpecError(
        f"the pipeline '{pipeline.id}' names no config, and {found}", hint="Add config=PATH to the --pipeline."
    )
