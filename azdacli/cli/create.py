"""`azdacli create`."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from azdacli.cli import options

EXAMPLES = (
    'azdacli create --device-type Jetson --tag azda-byom-example --add "./custom-assets /custom-assets"',
    'azdacli create --device-type dGPU --deepstream 7.1 --add "./custom-assets /custom-assets" --no-build-image',
)


def create(
    device_type: options.DeviceType,
    tag: options.Tag = "",
    *,
    deepstream: options.Release = "",
    deepstream_image_type: options.Variant = None,
    backend: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A Triton backend to copy onto the samples image; repeatable. Default: all of them.",
            autocompletion=options.backends,
        ),
    ] = None,
    add: options.Add = None,
    build_dir: options.BuildDir = None,
    label: options.Label = None,
    run: options.Run = None,
    build_image: Annotated[
        bool,
        typer.Option(
            "--build-image/--no-build-image",
            rich_help_panel=options.BUILD,
            help="Build, or print the Dockerfile alone.",
        ),
    ] = True,
    builder: options.Builder = "auto",
    no_cache: options.NoCache = False,
    network: options.Network = None,
    base_image: options.BaseImage = None,
    base_registry: options.BaseRegistry = None,
    pip_index_url: Annotated[
        str | None,
        typer.Option(
            envvar="AZDA_PIP_INDEX_URL",
            metavar="URL",
            rich_help_panel=options.BUILD,
            help="Where pip looks during the build.",
        ),
    ] = None,
    pyds_wheel: Annotated[
        Path | None,
        typer.Option(
            envvar="AZDA_PYDS_WHEEL",
            metavar="FILE",
            rich_help_panel=options.BUILD,
            help="DeepStream's Python bindings as a file, for sites without GitHub.",
        ),
    ] = None,
    ca_bundle: options.CaBundle = None,
    sbom: options.Sbom = None,
    lock: Annotated[
        Path | None,
        typer.Option(
            "--lock",
            metavar="FILE",
            rich_help_panel=options.BUILD,
            help="Hold to the digests, hashes and versions of this file; the first build resolves and writes it.",
        ),
    ] = None,
    no_validate: options.NoValidate = False,
    as_json: options.Json = False,
) -> None:
    """Build an image from a model, its configuration and its parser."""
    from azdacli.cli import build_flow, check_flow, source_flow  # heavy: `--help` must not wait for them
    from azdacli.image import assets, file_tree  # heavy: `--help` must not wait for them
    from azdacli.image import request as image_request  # same

    known = source_flow.labels(tag, Path.cwd())
    source_labels = [f"{name}={value}" for name, value in known.items()]
    typed = image_request.CreateOptions(
        device_type=device_type,
        release=deepstream,
        variant=deepstream_image_type,
        backends=tuple(backend or ()),
        run=tuple(run or ()),
        add=tuple(add or ()),
        build_folder=build_dir,
        labels=(*source_labels, *(label or ())),
        base_image=base_image,
        base_registry=base_registry,
        ca_bundle=ca_bundle,
        pip_index_url=pip_index_url,
        pyds_wheel=pyds_wheel,
    )
    locked = None
    if lock is not None:
        from azdacli.cli import lock_flow  # only --lock asks registries

        spec, folder, _ = image_request.specified(typed)
        locked = lock_flow.held(lock, spec, folder)
        if locked is None:
            lock_flow.check_build(lock, build_image=build_image)
            locked = lock_flow.resolved(spec, folder, ca_bundle=ca_bundle)
        typed = replace(typed, lock=locked)
    added = assets.find(typed.add, build_dir)
    if not no_validate:
        parts = [part for asset in added for part in assets.scan(asset)]
        spec, folder, _ = image_request.specified(typed)
        base = file_tree.base_of(spec.release, spec.target, folder)
        image = file_tree.FileTree(parts, commands=typed.run, base=base)
        check_flow.validate(added, image, release=typed.release, device_type=device_type, runs=typed.run)
    plan = image_request.read(typed, added)
    build_flow.notify(plan.notes, plan.warnings)
    if not build_image:
        _write_bill(sbom, plan, tag)
        build_flow.answer_dockerfile(plan.context.dockerfile, as_json=as_json)
        return
    how = build_flow.options(tag, platform=plan.spec.platform, no_cache=no_cache, network=network)
    built = build_flow.build(plan.context.stream(), plan.context.size, how, builder=builder)
    if lock is not None and locked is not None:
        from azdacli.cli import lock_flow, sbom_flow  # same

        lock_flow.write(lock, locked, plan.spec, lambda names: sbom_flow.installed(built.id, names))
    _write_bill(sbom, plan, tag, image=built.id)
    build_flow.answer(built, as_json=as_json)


def _write_bill(path: Path | None, plan: Any, tag: str, *, image: str = "") -> None:
    if path is not None:
        from azdacli.cli import sbom_flow  # slow to import, and only --sbom needs it

        sbom_flow.write(path, plan, name=tag, image=image)
