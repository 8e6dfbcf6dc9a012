"""The check: what is given is read, brought together and held against each other."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from azdacli.image.file_tree import FileTree
from azdacli.image.spec import Target
from azdacli.parser_check import (
    cross,
    discover,
    engine,
    exported,
    given,
    ground,
    ignores,
    labels,
    library,
    model_alone,
    run_labels,
    tensorrt,
    trackers,
    triton,
)
from azdacli.parser_check.config import check as config_check
from azdacli.parser_check.config import read
from azdacli.parser_check.config.settings import Config, Entry, Form
from azdacli.parser_check.finding import Certainty, Finding, Report
from azdacli.parser_check.pairs import pairs
from azdacli.parser_check.parser import Parser
from azdacli.parser_check.rules import cross as together
from azdacli.parser_check.run import Run, Runnable
from azdacli.util import files as on_disk
from dsconfig.onnx_header import Model
from dsconfig.parser_contract import ParserKind as Kind


def check(  # noqa: PLR0913 # what a user may give, each by its name
    paths: Sequence[Path],
    *,
    configs: Sequence[Path] = (),
    models: Sequence[Path] = (),
    release: str | None = None,
    target: Target | None = None,
    runs: Iterable[str] | None = (),
    image: FileTree | None = None,
) -> Report:
    """Check parsers and folders, with the configurations and models that go with them. Nothing of the user's is run.

    Args:
        paths: Parsers, configurations, and folders of both.
        configs: More configurations.
        models: ONNX models; they take the place of those that configurations name.
        release: A DeepStream release of the catalog; the default one when it is None.
        target: The device type, for native libraries; they are not held against a machine when it is None.
        runs: The shell commands that `azdacli create --run` gets, for what they install; None when nobody knows them.
        image: The files of the image that all this goes into; without it paths are resolved on this machine.

    Raises:
        SpecError: There is no such release, file or folder.
    """
    return check_and_pair(
        paths, configs=configs, models=models, release=release, target=target, runs=runs, image=image
    )[0]


def check_and_pair(  # noqa: PLR0913 # as above
    paths: Sequence[Path],
    *,
    configs: Sequence[Path] = (),
    models: Sequence[Path] = (),
    release: str | None = None,
    target: Target | None = None,
    runs: Iterable[str] | None = (),
    image: FileTree | None = None,
) -> tuple[Report, tuple[Runnable, ...]]:
    """Check as `check` does; the report, and the parsers that can be run with their configurations."""
    run = Run(ground=ground.of_release(release, target, runs), image=image)
    files, folders = discover.given([*paths, *configs, *models])
    given.refuse_others(files)
    config_paths = {*configs}
    model_paths = [m for m in (*models, *(p for p in paths if given.is_onnx(p))) if m not in folders]
    found_parsers = [p for p in files if p not in config_paths and p not in model_paths and not _is_config(p)]
    found_configs = [_config(run, p) for p in files if p in config_paths or (p not in model_paths and _is_config(p))]
    read_configs = [c for c in found_configs if c is not None]
    for folder in folders:
        more_parsers, more_configs, refused = discover.in_folder(folder)
        found_parsers.extend(more_parsers)
        read_configs.extend(more_configs)
        run.findings.extend([*refused, *trackers.check(folder, more_configs)])
        run.files.extend(finding.path for finding in refused)
    unique_configs = list({c.path.resolve(): c for c in read_configs}.values())
    read_parsers = [run.parser(p) for p in discover.unique(found_parsers)]
    for folder in folders:
        run.beside(folder, read_parsers)
    _together(run, read_parsers, unique_configs, model_paths)
    report = Report.of(ignores.apply(run.sources, run.findings), run.files, run.ground.release)
    return report, tuple(run.runnables)


def check_assets(
    roots: Sequence[Path],
    *,
    release: str | None = None,
    target: Target | None = None,
    runs: Iterable[str] | None = (),
    image: FileTree | None = None,
) -> Report:
    """Check what is about to become part of an image: the parsers and configurations among files and folders.

    A file that is neither is left alone; so is all that a folder holds besides.

    Raises:
        SpecError: There is no such release, file or folder.
    """
    files, folders = discover.given(roots)
    relevant = [
        p for p in files if (p.suffix.lower() == ".py" and discover.looks_like_parser(p)) or _is_asset_config(p)
    ]
    return check([*relevant, *folders], release=release, target=target, runs=runs, image=image)


def _is_asset_config(path: Path) -> bool:
    found = read.found(path) if path.suffix.lower() in read.SUFFIXES else None
    return found is not None and (not isinstance(found, Finding) or found.certainty is Certainty.SURE)


def _is_config(path: Path) -> bool:
    return path.suffix.lower() != ".py" and path.suffix.lower() in read.SUFFIXES


def in_pairs(folder: Path) -> tuple[list[Config], list[tuple[Path, Config]], list[Finding]]:
    """The configurations of a folder, which of its parsers goes with which, and why others of them cannot be read."""
    run = Run(ground=ground.of_release(None, None, ()))
    parser_files, configs, refused = discover.in_folder(folder)
    refused = [finding for finding in refused if finding.certainty is Certainty.SURE]
    refused += [next(config_check.faults(config)) for config in configs if config.unreadable or config.is_groupless]
    read_parsers = [run.parser(path) for path in discover.unique(parser_files)]
    unreadable = [finding for parser in read_parsers if parser.module is None for finding in parser.findings[:1]]
    return configs, [(parser.path, config) for parser, config in pairs(read_parsers, configs)], [*refused, *unreadable]


def _config(run: Run, path: Path) -> Config | None:
    found = read.read(path)
    run.files.append(path)
    if isinstance(found, Finding):
        run.findings.append(found)
        return None
    return found


def _together(run: Run, read_parsers: list[Parser], configs: list[Config], models: list[Path]) -> None:
    paired_up = list(pairs(read_parsers, configs))
    paired = {id(parser) for parser, _ in paired_up}
    with_config = {id(parser): config.path for parser, config in paired_up if not config.unreadable}
    run.runnables.extend(
        Runnable(
            path=parser.path,
            config=with_config.get(id(parser)),
            labels_line=run_labels.line(parser),
        )
        for parser in read_parsers
        if parser.module is not None and parser.kind is not None
    )
    for config in configs:
        run.files.append(config.path)
        own = [parser for parser, other in paired_up if other is config]
        run.sources.append(config.source)
        for located in run.located(config):
            run.findings.extend(_about(run, located, own, models))
    for parser in read_parsers:
        if id(parser) in paired:
            continue
        if parser.kind is Kind.SECONDARY:
            run.findings.extend(cross.secondary_without_config(parser, configs))
        for path in models:
            model = run.model(path, None)
            if model is not None:
                run.findings.extend(cross.layers(parser, _names(model), path, sure=True))
    for path in models:
        model = run.model(path, None)
        if model is not None and not configs and not read_parsers:
            run.findings.append(model_alone.described(model))


def _about(run: Run, config: Config, own: list[Parser], models: list[Path]) -> Iterator[Finding]:
    """All about one configuration: by itself, with its library, labels and model, and with its parsers."""
    if config.unreadable or config.is_groupless:  # whatever is missing then has one cause
        yield from config_check.faults(config)
        return
    if (outside := config_check.outside(config)) is not None:
        yield outside
        return
    yield from config_check.check(config, run.ground)
    yield from library.check(config, run.ground)
    label_file = labels.of(config)
    if isinstance(label_file, Finding):
        yield label_file
        label_file = None
    if label_file is not None:
        run.files.append(label_file.source.path)
        yield from labels.check(config, label_file, native=not own)
    served = triton.of(config)
    if served is not None:
        run.files.extend(path for path in (served.config_path,) if path is not None)
        yield from triton.check(config, served)
    entry = _onnx_entry(config)
    named = triton.onnx_file(served) if served else config.files.find(entry.value) if entry else None
    path = models[0] if len(models) == 1 else named
    name = PurePosixPath(entry.value).name if entry and not served else named.name if named else ""
    if name and len(models) == 1 and (named is None or models[0].resolve() != named.resolve()):
        message = f"this names '{name}'; what is checked is '{models[0].name}'"
        yield config.finding(together.MODEL_OTHER, entry or config.start, message)
    model = run.model(path, config) if path is not None and on_disk.is_file(path) else None
    if model is not None:
        yield from cross.model_and_config(model, config, native=not own, release=run.ground.release)
        yield from tensorrt.check(model, config, run.ground)
    yield from engine.check(config, model.path if model is not None else None, name)
    yield from exported.check(model, config, own, label_file)
    for parser in own:
        yield from cross.parser_and_config(parser, config, label_file)
        outputs = _names(model) if model else config.outputs
        if outputs:
            yield from cross.layers(parser, outputs, model.path if model else config.path, sure=model is not None)


def _onnx_entry(config: Config) -> Entry | None:
    """Where a configuration names an ONNX file; an encrypted model of TAO's stands under the same key."""
    entry = config.get("onnx-file") if config.form is not Form.PROTOBUF else None
    return None if entry is None or PurePosixPath(entry.value).suffix.lower() in {".etlt", ".tlt"} else entry


def _names(model: Model) -> tuple[str, ...]:
    return tuple(output.name for output in model.outputs)
