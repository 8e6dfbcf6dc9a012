"""`azdacli gen-manifest`."""

from pathlib import Path
from typing import Annotated

import typer

from azdacli.cli import console
from azdacli.errors import SpecError

Texts = list[str] | None


def gen_manifest(
    template: Annotated[
        Path | None, typer.Option("--template", "-t", help="A deployment template of your own, `-` for standard input.")
    ] = None,
    env_file: Annotated[
        Path | None,
        typer.Option(
            "--env-file",
            help="Where $NAME and ${NAME} come from; default: .env beside the template, else .env in this folder. "
            "A variable of the environment goes before the file's, --image and --business-logic before both.",
        ),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", help="File to write, `-` for stdout; default: config/<name>.<platform>.json."),
    ] = None,
    *,
    image: Annotated[str, typer.Option(help="The pipeline's image; default: $DS_AI_PIPELINE_IMAGE_URI.")] = "",
    device_type: Annotated[str, typer.Option(help="dGPU, Jetson or CPU; default: the image's own label.")] = "",
    platform: Annotated[
        str, typer.Option(help="amd64, arm64v8, arm32v7, with .debug or not; default: the device type's.")
    ] = "",
    stream: Annotated[
        Texts,
        typer.Option(metavar="NAME=ADDRESS", help="A camera (rtsp://), a file (file:///) or /dev/video0; repeatable."),
    ] = None,
    pipeline: Annotated[
        Texts,
        typer.Option(
            metavar="id=ID,config=PATH,…",
            help="A pipeline; repeatable. Keys: id, config, parser, secondary=CONFIG[:PARSER], tracker, archive, "
            "sha256, stream, osd=on|off, crop=x0:y0:x1:y1, dewarp. A bare file name is looked up in the assets.",
        ),
    ] = None,
    roi: Annotated[
        Texts,
        typer.Option(metavar="STREAM:LABEL=x,y x,y x,y", help="A region in fractions of the frame; repeatable."),
    ] = None,
    business_logic: Annotated[str, typer.Option(metavar="IMAGE", help="Your module that reads inferences.")] = "",
    uploader: Annotated[str, typer.Option(metavar="IMAGE", help="A module that uploads recordings.")] = "",
    record: Annotated[
        Texts, typer.Option(metavar="ID", help="A pipeline that the business logic records; repeatable.")
    ] = None,
    recording_seconds: Annotated[int | None, typer.Option(min=1, help="Length of one recording.")] = None,
    recording_stop_after: Annotated[
        int | None, typer.Option(min=1, help="Seconds without a new request after which recording stops.")
    ] = None,
    env: Annotated[
        Texts,
        typer.Option(
            metavar="MODULE:NAME[=VALUE]", help="A module's variable; without a value, that of the same name."
        ),
    ] = None,
    registry_credentials: Annotated[
        bool, typer.Option("--registry-credentials", help="Put CONTAINER_REGISTRY_NAME, _USERNAME and _PASSWORD in.")
    ] = False,
    literal: Annotated[Texts, typer.Option(metavar="NAME", help="Leave $NAME as it stands; repeatable.")] = None,
    pin: Annotated[bool, typer.Option("--pin", help="Name the modules' images by digest instead of by tag.")] = False,
    inspect: Annotated[
        str,
        typer.Option(
            help="Who is asked about images: auto (the engine here, if it answers; the registry for --pin), engine, "
            "registry or none."
        ),
    ] = "auto",
    auth: Annotated[
        str,
        typer.Option(
            help="Where a registry's login comes from: auto, docker, entra or anonymous; auto starts with the "
            "variables CONTAINER_REGISTRY_USERNAME and _PASSWORD."
        ),
    ] = "auto",
    registry: Annotated[
        str,
        typer.Option(
            envvar="AZDA_REGISTRY",
            metavar="HOST",
            help="The one registry that --auth and the variables AZDA_REGISTRY_USERNAME and _PASSWORD are for; every "
            "other gets what docker has stored for it, or nothing.",
        ),
    ] = "",
    ca_bundle: Annotated[Path | None, typer.Option(help="Certificates (PEM) of the registry.")] = None,
    insecure: Annotated[bool, typer.Option("--insecure", help="Allow plain http to the registry.")] = False,
    diff: Annotated[
        Path | None, typer.Option(metavar="OLD.json", help="Say what changes on a device that runs this manifest.")
    ] = None,
    check: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Check this manifest and stop; nothing is written.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Treat warnings as errors.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object instead of the file's name.")] = False,
) -> None:
    """Write the deployment manifest of a device, checked offline."""
    from azdacli.cli import manifest_flow  # noqa: PLC0415 # heavy: `--help` must not wait for it
    from azdacli.cli.image_lookup_flow import Inspection  # noqa: PLC0415
    from azdacli.manifest import text  # noqa: PLC0415
    from azdacli.manifest.options import Words  # noqa: PLC0415

    words = Words(
        device_type=device_type,
        platform=platform,
        image=image,
        business_logic=business_logic,
        uploader=uploader,
        streams=tuple(stream or ()),
        pipelines=tuple(pipeline or ()),
        regions=tuple(roi or ()),
        record=tuple(record or ()),
        recording=(recording_seconds, recording_stop_after),
        credentials=registry_credentials,
        env=tuple(env or ()),
        literal=tuple(literal or ()),
    )
    asked = Inspection(choice=inspect, pin=pin, auth=auth, registry=registry, ca_bundle=ca_bundle, insecure=insecure)
    work = manifest_flow.Work(words=words, strict=strict, as_json=json, inspection=asked)
    if check is not None and template is not None:
        raise SpecError("--check looks at a manifest, --template makes one", hint="Leave one of the two out.")
    if check is not None:
        problems = work.check(check, env_file)
        work.answer({"manifest": str(check)}, problems)
        return
    made, changes = work.make(template, env_file, diff)
    place = manifest_flow.write(made.document, output, made.name)
    if place == manifest_flow.STDOUT and not json:
        console.result(text.dumps(made.document))
        return
    told = {"document": made.document} if place == manifest_flow.STDOUT else {}
    changed = {"changes": [change.as_json() for change in changes]} if diff else {}
    work.answer({"manifest": place, **told, **changed}, made.problems)
