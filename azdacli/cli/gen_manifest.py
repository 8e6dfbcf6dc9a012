"""`azdacli gen-manifest`."""

from pathlib import Path
from typing import Annotated

import typer

from azdacli.cli import console, options
from azdacli.errors import SpecError

Texts = list[str] | None

PIPELINE = "Pipelines"
MODULES = "Modules and images"


EXAMPLES = (
    "azdacli gen-manifest --template deployment.default.template.json --device-type Jetson",
    "azdacli gen-manifest --image r.io/byom:2 --stream a=rtsp://10.0.0.4/a --pipeline id=a,config=pgie.txt,stream=a",
)
KINDS = ("iot-edge", "compose", "kubernetes")
PLATFORMS = ("amd64", "arm64v8", "arm32v7", "amd64.debug", "arm64v8.debug", "arm32v7.debug")


def gen_manifest(
    template: Annotated[
        Path | None,
        typer.Option(
            "--template", "-t", metavar="FILE", help="A deployment template of your own, `-` for standard input."
        ),
    ] = None,
    env_file: Annotated[
        Path | None,
        typer.Option(
            "--env-file",
            metavar="FILE",
            help="Where $NAME and ${NAME} come from; default: .env beside the template, else .env in this folder. "
            "A variable of the environment takes precedence over the file's, --image and --business-logic before both.",
        ),
    ] = None,
    *,
    device_type: options.DeviceType = "",
    platform: Annotated[
        str,
        typer.Option(
            metavar="PLATFORM",
            help="amd64, arm64v8, arm32v7, with .debug or not; default: the device type's.",
            autocompletion=options.one_of(PLATFORMS),
        ),
    ] = "",
    literal: Annotated[Texts, typer.Option(metavar="NAME", help="Leave $NAME as it stands; repeatable.")] = None,
    stream: Annotated[
        Texts,
        typer.Option(
            metavar="NAME=ADDRESS",
            rich_help_panel=PIPELINE,
            help="A camera (rtsp://), a file (file:///) or /dev/video0; repeatable.",
        ),
    ] = None,
    pipeline: Annotated[
        Texts,
        typer.Option(
            metavar="id=ID,config=PATH,…",
            rich_help_panel=PIPELINE,
            help="A pipeline; repeatable. Keys: id, config, parser, secondary=CONFIG[:PARSER], tracker, archive, "
            "sha256, stream, osd=on|off, crop=x0:y0:x1:y1, dewarp. A bare file name is looked up in the assets.",
        ),
    ] = None,
    roi: Annotated[
        Texts,
        typer.Option(
            metavar="STREAM:LABEL=x,y x,y x,y",
            rich_help_panel=PIPELINE,
            help="A region in fractions of the frame; repeatable.",
        ),
    ] = None,
    record: Annotated[
        Texts,
        typer.Option(
            metavar="ID", rich_help_panel=PIPELINE, help="A pipeline that the business logic records; repeatable."
        ),
    ] = None,
    recording_seconds: Annotated[
        int | None, typer.Option(min=1, metavar="N", rich_help_panel=PIPELINE, help="Length of one recording.")
    ] = None,
    recording_stop_after: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            rich_help_panel=PIPELINE,
            help="Seconds without a new request after which recording stops.",
        ),
    ] = None,
    publish_rtsp: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=65_535,
            metavar="PORT",
            rich_help_panel=PIPELINE,
            help="Publish the live video at this port of the device, for those who know its password.",
        ),
    ] = None,
    image: Annotated[
        str,
        typer.Option(
            metavar="IMAGE", rich_help_panel=MODULES, help="The pipeline's image; default: $DS_AI_PIPELINE_IMAGE_URI."
        ),
    ] = "",
    business_logic: Annotated[
        str, typer.Option(metavar="IMAGE", rich_help_panel=MODULES, help="Your module that reads inferences.")
    ] = "",
    uploader: Annotated[
        str, typer.Option(metavar="IMAGE", rich_help_panel=MODULES, help="A module that uploads recordings.")
    ] = "",
    env: Annotated[
        Texts,
        typer.Option(
            metavar="MODULE:NAME[=VALUE]",
            rich_help_panel=MODULES,
            help="A module's variable; without a value, that of the same name.",
            autocompletion=options.modules,
        ),
    ] = None,
    pin: Annotated[
        bool, typer.Option("--pin", rich_help_panel=MODULES, help="Name the modules' images by digest, not by tag.")
    ] = False,
    inspect: Annotated[
        str,
        typer.Option(
            metavar="WHO",
            rich_help_panel=MODULES,
            help="Who is asked about images: auto (the engine here, if it answers; the registry for --pin), engine, "
            "registry or none.",
            autocompletion=options.one_of(options.INSPECTIONS),
        ),
    ] = "auto",
    registry_credentials: Annotated[
        bool,
        typer.Option(
            "--registry-credentials",
            rich_help_panel=options.REGISTRY,
            help="Put CONTAINER_REGISTRY_NAME, _USERNAME and _PASSWORD in.",
        ),
    ] = False,
    registry: options.LoginRegistry = "",
    auth: options.Auth = "auto",
    ca_bundle: options.CaBundle = None,
    insecure: options.Insecure = False,
    own_twin: Annotated[
        bool,
        typer.Option(
            "--own-twin",
            rich_help_panel=MODULES,
            help="Put the configuration of a template's controller on the pipeline's own twin, and drop the "
            "predecessor's modules; --stream and --uploader say what takes their place.",
        ),
    ] = False,
    kind: Annotated[
        str,
        typer.Option(
            metavar="KIND",
            rich_help_panel=options.OUTPUT,
            help="What to write: iot-edge, compose (docker compose, with Mosquitto) or kubernetes.",
            autocompletion=options.one_of(KINDS),
        ),
    ] = "iot-edge",
    mqtt: Annotated[
        str,
        typer.Option(
            metavar="URL",
            rich_help_panel=options.OUTPUT,
            help="With --kind compose or kubernetes: the MQTT broker, as mqtts://HOST:PORT; compose brings one.",
        ),
    ] = "",
    check: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", rich_help_panel=options.CHECKS, help="Check this manifest and stop; nothing is written."
        ),
    ] = None,
    strict: options.Strict = False,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            rich_help_panel=options.OUTPUT,
            help="File to write, `-` for stdout; default: config/<name>.<platform>.json.",
        ),
    ] = None,
    diff: Annotated[
        Path | None,
        typer.Option(
            metavar="OLD.json",
            rich_help_panel=options.OUTPUT,
            help="Say what changes on a device that runs this manifest.",
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Write the deployment manifest of a device, checked offline."""
    from azdacli.cli import kinds_flow, manifest_flow  # heavy: `--help` must not wait for it
    from azdacli.cli.image_lookup_flow import Inspection
    from azdacli.manifest import text
    from azdacli.manifest.options import ManifestOptions

    typed = ManifestOptions(
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
        publish_rtsp=publish_rtsp,
        env=tuple(env or ()),
        literal=tuple(literal or ()),
        own_twin=own_twin,
    )
    asked = Inspection(choice=inspect, pin=pin, auth=auth, registry=registry, ca_bundle=ca_bundle, insecure=insecure)
    work = manifest_flow.Work(options=typed, strict=strict, as_json=as_json, inspection=asked)
    kinds_flow.check(kind, mqtt, instead="--check" if check else "--diff" if diff else "")
    if check is not None and template is not None:
        raise SpecError("--check looks at a manifest, --template makes one", hint="Use one of the two.")
    if check is not None:
        problems = work.check(check, env_file)
        work.answer({"manifest": str(check)}, problems)
        return
    made, changes = work.make(template, env_file, diff)
    if kind != KINDS[0]:
        kinds_flow.answer(made, kind, mqtt, output, as_json=as_json)
        return
    location = manifest_flow.write(made.document, output, made.name)
    if location == manifest_flow.STDOUT and not as_json:
        console.result(text.dumps(made.document))
        return
    reported = {"document": made.document} if location == manifest_flow.STDOUT else {}
    changed = {"changes": [change.as_json() for change in changes]} if diff else {}
    work.answer({"manifest": location, **reported, **changed}, made.problems)
