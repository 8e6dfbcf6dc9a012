"""What can be said about a configuration by itself: keys, values, formats and files."""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from azdacli.parser_check.config.settings import Config, Entry, Form
from azdacli.parser_check.finding import Certainty, Finding, Span
from azdacli.parser_check.ground import Ground
from azdacli.parser_check.rules import Rule, configuration
from azdacli.util.suggest import near
from dsconfig import keys
from dsconfig.document import Fault, FaultKind
from dsconfig.keys import Key

_CLASS_GROUP = re.compile(r"class-attrs-(\d+)")
_MODEL_KEYS = ("onnx-file", "tlt-encoded-model", "model-file", "uff-file", "model-engine-file")
_FORMAT_NAMES = {"etlt": ".etlt", "caffe": "Caffe", "uff": "UFF"}
_RULES: Mapping[FaultKind, Rule] = {
    FaultKind.UNREADABLE: configuration.UNREADABLE,
    FaultKind.UNKNOWN_KEY: configuration.MISSPELT_KEY,
    FaultKind.BAD_VALUE: configuration.BAD_VALUE,
    FaultKind.DUPLICATE: configuration.DUPLICATE_KEY,
    FaultKind.CLASS_GROUP: configuration.CLASS_GROUP,
    FaultKind.IGNORED: configuration.IGNORED,
}


def check(config: Config, ground: Ground) -> Iterator[Finding]:
    """Check all settings of a configuration."""
    yield from faults(config)
    if config.form is not Form.PROTOBUF:
        for entry in config.entries:
            yield from _entry(config, entry, ground)
        yield from _missing(config)
    yield from _files(config)


def outside(config: Config) -> Finding | None:
    """All settings of a YAML file that stand beside `property` in place of below it: nvinfer reads none of them."""
    ignored = [fault for fault in config.faults if fault.kind is FaultKind.IGNORED and fault.group == ""]
    if not ignored or any(entry.group == "property" for entry in config.entries):
        return None
    message = (
        f"'property' is empty: the {len(ignored)} settings below it are not indented, and nvinfer reads none of them"
    )
    return config.finding(configuration.NO_MODEL, config.start, message, cure="Indent them by two blanks.")


def faults(config: Config) -> Iterator[Finding]:
    """What is wrong with a configuration by itself, as the readers found it."""
    for fault in config.faults:
        if fault.kind is FaultKind.UNKNOWN_KEY and not fault.fatal:
            yield from _unknown_key(config, fault)
        elif fault.kind is FaultKind.UNKNOWN_GROUP:
            like = near(fault.group, ("property", "class-attrs-all"))
            rule = configuration.MISSPELT_KEY if like else configuration.UNKNOWN_KEY
            yield _finding(config, rule, fault, f"Did you mean '{like}'?" if like else "")
        else:
            yield _finding(config, _RULES[fault.kind], fault)


def _finding(config: Config, rule: Rule, fault: Fault, cure: str = "") -> Finding:
    text = config.source.line(fault.line)
    span = Span.of_line(fault.line, text)
    if fault.column is not None:
        end = fault.end_column or len(text.rstrip()) + 1
        span = Span.of_line(fault.line, text, fault.column - 1, end - 1)
    return config.finding(rule, span, fault.message, cure=cure or fault.hint or None)


def _unknown_key(config: Config, fault: Fault) -> Iterator[Finding]:
    known = _table(fault.group) or {}
    if fault.key in keys.NEVER_READ or fault.key in known:
        return  # a key of old files; said below, once
    like = near(fault.key, known, cutoff=0.82)
    if like:
        span = Span.of_line(fault.line, config.source.line(fault.line))
        message = f"nvinfer knows no '{fault.key}'"
        yield config.finding(configuration.MISSPELT_KEY, span, message, cure=f"Did you mean '{like}'?")
    else:
        yield _finding(config, configuration.UNKNOWN_KEY, fault)


def _table(group: str) -> Mapping[str, Key] | None:
    if group == "property":
        return keys.PROPERTY
    return keys.CLASS_ATTRIBUTES if group == "class-attrs-all" or _CLASS_GROUP.fullmatch(group) else None


def _entry(config: Config, entry: Entry, ground: Ground) -> Iterator[Finding]:
    key = (_table(entry.group) or {}).get(entry.key)
    if entry.group == "property" and entry.key in keys.NEVER_READ:
        message = f"'{entry.key}' stands in NVIDIA's headers and is never read"
        cure = f"Use {keys.NEVER_READ[entry.key]}."
        yield config.finding(configuration.LEGACY_KEY, entry, message, cure=cure)
    if key is None:
        return
    if key.instead:
        form = "; the YAML form does not read it at all" if config.form is Form.YAML else ""
        message = f"'{entry.key}' is kept only for old files{form}"
        yield config.finding(configuration.LEGACY_KEY, entry, message, cure=f"Use {key.instead}.")
    yield from _formats(config, entry, ground)


def _formats(config: Config, entry: Entry, ground: Ground) -> Iterator[Finding]:
    suffix = PurePosixPath(entry.value).suffix.lower()
    kind = keys.FORMAT_KEYS.get(entry.key) or (keys.FORMAT_SUFFIXES.get(suffix) if entry.key == "onnx-file" else None)
    if entry.key == "proto-file" and config.get("model-file"):
        return
    if kind in ground.refused_formats and kind is not None:
        message = f"DeepStream {ground.release} takes no {_FORMAT_NAMES[kind]} models any more"
        yield config.finding(configuration.REFUSED_FORMAT, entry, message)
    if entry.key == "force-implicit-batch-dim" and entry.true and ground.refused_formats:
        message = f"the TensorRT of DeepStream {ground.release} has no implicit batch dimension"
        yield config.finding(configuration.LEGACY_KEY, entry, message, cure="Remove the key.")


def _missing(config: Config) -> Iterator[Finding]:
    present = [key for key in _MODEL_KEYS if config.get(key)]
    own = (
        config.get("engine-create-func-name")
        or config.get("custom-network-config")
        or (config.get("custom-lib-path") and not config.functions)
    )
    if not present and not own:
        yield config.finding(configuration.NO_MODEL, config.start, "this configuration names no model")
    if present == ["model-engine-file"] and not own:
        entry = config.get("model-engine-file")
        if entry is not None:
            yield config.finding(
                configuration.ENGINE_ONLY, entry, "there is an engine and no model to build it from anew"
            )
    mode = config.get("network-mode")
    if mode is not None and mode.integer == 1 and config.get("int8-calib-file") is None:
        yield config.finding(configuration.NO_CALIBRATION, mode, "INT8 has no calibration file here")
    if config.unique_id is None:
        yield config.finding(
            configuration.KEY_MISSING, config.start, "'gie-unique-id' is missing; the element would use 15"
        )
    if config.is_detector and config.classes is None:
        yield config.finding(
            configuration.KEY_MISSING,
            config.start,
            "'num-detected-classes' is missing: a detector without it finds nothing",
        )


def _files(config: Config) -> Iterator[Finding]:
    for entry in config.entries:
        for name in filter(None, _named_files(config, entry)):
            absence = config.files.absence(name)
            if absence is not None:
                certainty = Certainty.SURE if absence.sure else Certainty.CANNOT_TELL
                cure = absence.cure or _only(config, entry, name)
                yield config.finding(configuration.FILE_MISSING, entry, absence.message, cure=cure, certainty=certainty)


def _named_files(config: Config, entry: Entry) -> tuple[str, ...]:
    if config.form is Form.PROTOBUF:
        paths = {("infer_config.postprocess", "labelfile_path"), ("infer_config.custom_lib", "path")}
        repositories = (".model_repo", "root")
        named = (entry.group, entry.key) in paths or (
            entry.group.endswith(repositories[0]) and entry.key == repositories[1]
        )
        return (entry.value,) if named or entry.key == "mean_file" else ()
    key = keys.PROPERTY.get(entry.key) if entry.group == "property" else None
    if key is None or key.type not in {"path", "paths"} or entry.key == "model-engine-file":
        return ()
    mode = config.get("network-mode")
    if entry.key == "int8-calib-file" and (mode is None or mode.integer != 1):
        return ()
    return entry.items if key.type == "paths" else (entry.value,)


def _only(config: Config, entry: Entry, name: str) -> str | None:
    """The one file of the folder that has the same ending; labels and models have many names in common."""
    folder, suffix = config.files.folder(str(PurePosixPath(name).parent)), PurePosixPath(name).suffix
    same = [p.name for p in sorted(folder.iterdir()) if p.name.endswith(suffix)] if folder and suffix else []
    return (
        f"The folder has '{same[0]}': did you mean that?" if len(same) == 1 and entry.key != "labelfile-path" else None
    )
