"""What can be said about a configuration by itself: keys, values, formats and files."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from azdacli.parser_check.config import keys
from azdacli.parser_check.config.keys import Key
from azdacli.parser_check.config.settings import Config, Entry, Form
from azdacli.parser_check.finding import Finding
from azdacli.parser_check.ground import Ground
from azdacli.parser_check.rules import configuration
from azdacli.util.suggest import near

_INTEGER = re.compile(r"[-+]?\d+")
_CLASS_GROUP = re.compile(r"class-attrs-(\d+)")
_MODEL_KEYS = ("onnx-file", "tlt-encoded-model", "model-file", "uff-file", "model-engine-file")
_FORMAT_NAMES = {"etlt": ".etlt", "caffe": "Caffe", "uff": "UFF"}
_BOOLEANS = frozenset({"0", "1", "true", "false"})


def check(config: Config, ground: Ground) -> Iterator[Finding]:
    """Check all settings of a configuration."""
    yield from config.findings
    if config.form is Form.PROTOBUF:
        for entry in config.entries:
            yield from _server_entry(config, entry)
    else:
        yield from _groups(config)
        for entry in config.entries:
            yield from _entry(config, entry, ground)
        yield from _duplicates(config)
        yield from _missing(config)
    yield from _files(config)


def _table(group: str) -> Mapping[str, Key] | None:
    if group == "property":
        return keys.PROPERTY
    return keys.CLASS_ATTRIBUTES if group == "class-attrs-all" or _CLASS_GROUP.fullmatch(group) else None


def _groups(config: Config) -> Iterator[Finding]:
    classes = config.classes.integer if config.classes else None
    for group, span in config.groups.items():
        match = _CLASS_GROUP.fullmatch(group)
        if _table(group) is None:
            like = near(group, ("property", "class-attrs-all"))
            rule = configuration.MISSPELT_KEY if like else configuration.UNKNOWN_KEY
            cure = f"Did you mean '{like}'?" if like else None
            yield config.finding(rule, span, f"nvinfer reads no group '{group}'", cure=cure)
        elif match and classes is not None and config.is_detector and int(match[1]) >= classes:
            message = f"there is no class {match[1]}: with num-detected-classes={classes} the last one is {classes - 1}"
            yield config.finding(configuration.CLASS_GROUP, span, message)


def _entry(config: Config, entry: Entry, ground: Ground) -> Iterator[Finding]:
    table = _table(entry.group)
    if table is None:
        return
    key = table.get(entry.key)
    if key is None:
        yield _unknown(config, entry, table, "nvinfer")
        return
    if key.instead:
        form = "; the YAML form does not read it at all" if config.form is Form.YAML else ""
        message = f"'{entry.key}' is kept only for old files{form}"
        yield config.finding(configuration.LEGACY_KEY, entry, message, cure=f"Use {key.instead}.")
    problem = _problem(entry.value, key)
    if problem:
        comment = key.type not in {"str", "strs"} and "#" in entry.value and config.form is Form.INI
        cure = "Put the comment on a line of its own: behind a value it is part of the value." if comment else None
        yield config.finding(
            configuration.BAD_VALUE, entry, f"'{entry.key}' takes {problem}, not '{entry.value[:60]}'", cure=cure
        )
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


def _unknown(config: Config, entry: Entry, known: Mapping[str, Any], reader: str) -> Finding:
    like = near(entry.key, known, cutoff=0.82)
    if like:
        message = f"{reader} knows no '{entry.key}'"
        return config.finding(configuration.MISSPELT_KEY, entry, message, cure=f"Did you mean '{like}'?")
    where = f" in '{entry.group}'" if entry.group else ""
    return config.finding(configuration.UNKNOWN_KEY, entry, f"{reader} knows no '{entry.key}'{where}")


def _problem(value: str, key: Key) -> str | None:
    """What the key takes, when the value is something else."""
    match key.type:
        case "int":
            return None if _INTEGER.fullmatch(value) and _within(float(value[:20]), key) else _wanted(key, "an integer")
        case "float":
            return (
                None if _number(value) is not None and _within(_number(value) or 0.0, key) else _wanted(key, "a number")
            )
        case "bool":
            return None if value in _BOOLEANS else "0 or 1"
        case "ints" | "floats":
            return _list_problem(value, key)
        case "path" | "str":
            return None if value else "a name"
    return None


def _list_problem(value: str, key: Key) -> str | None:
    parts = [p.strip() for p in value.strip().strip(";").split(";")] if value.strip() else []
    low, high = key.length or (1, 10**6)
    word = "integers" if key.type == "ints" else "numbers"
    counted = f"{low} {word}" if low == high else f"up to {high} {word}" if key.length else word
    wanted = f"{counted} with ';' between them"
    if not low <= len(parts) <= high:
        return wanted
    for part in parts:
        number = _number(part)
        if number is None or (key.type == "ints" and not _INTEGER.fullmatch(part)) or not _within(number, key):
            return wanted if key.low is None else _wanted(key, wanted)
    return None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _within(number: float, key: Key) -> bool:
    if key.among is not None:
        return number in key.among
    return not ((key.low is not None and number < key.low) or (key.high is not None and number > key.high))


def _wanted(key: Key, word: str) -> str:
    if key.among is not None:
        return " or ".join(f"{number} ({meaning})" for number, meaning in key.among.items())
    if key.low is not None and key.high is not None:
        return f"{word} from {key.low:g} to {key.high:g}"
    return word if key.low is None else f"{word} of {key.low:g} or more"


def _duplicates(config: Config) -> Iterator[Finding]:
    seen: dict[tuple[str, str], Entry] = {}
    for entry in config.entries:
        first = seen.setdefault((entry.group, entry.key), entry)
        if first is not entry:
            message = f"'{entry.key}' stands on line {first.span.line} already; this one counts"
            yield config.finding(configuration.DUPLICATE_KEY, entry, message)


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
            configuration.KEY_MISSING, config.start, "'gie-unique-id' is missing; the element would call itself 15"
        )
    if config.is_detector and config.classes is None:
        yield config.finding(
            configuration.KEY_MISSING,
            config.start,
            "'num-detected-classes' is missing: a detector without it finds nothing",
        )


def _files(config: Config) -> Iterator[Finding]:
    for entry in config.entries:
        names = _named_files(config, entry)
        for name in names:
            path = config.beside(name)
            # An absolute path is one in the image: nobody can look there from here.
            if name and not PurePosixPath(name).is_absolute() and not path.exists():
                yield config.finding(
                    configuration.FILE_MISSING,
                    entry,
                    f"there is no '{name}' beside {config.path.name}",
                    cure=_instead(path, entry),
                )


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


def _instead(path: Path, entry: Entry) -> str | None:
    folder = path.parent
    names = [p.name for p in sorted(folder.iterdir())] if folder.is_dir() else []
    if f"{path.name}.so" in names:
        return f"The folder has '{path.name}.so': write the name with its ending."
    like = near(path.name, names, cutoff=0.7)
    same = [n for n in names if path.suffix and n.endswith(path.suffix)]
    if like:
        return f"The folder has '{like}': did you mean that?"
    return (
        f"The folder has '{same[0]}': did you mean that?" if len(same) == 1 and entry.key != "labelfile-path" else None
    )


def _server_entry(config: Config, entry: Entry) -> Iterator[Finding]:
    fields: Any = keys.SERVER
    for part in entry.group.split(".") if entry.group else ():
        fields = fields.get(part) if isinstance(fields, Mapping) else None
    if isinstance(fields, Mapping) and entry.key not in fields:
        yield _unknown(config, entry, fields, "nvinferserver")
    elif entry.key in keys.SERVER_INTEGERS and not _INTEGER.fullmatch(entry.value) and isinstance(fields, Mapping):
        yield config.finding(
            configuration.BAD_VALUE, entry, f"'{entry.key}' takes an integer, not '{entry.value[:60]}'"
        )
    elif entry.key in keys.SERVER_BOOLEANS and entry.value not in {
        "true",
        "false",
        "True",
        "False",
        "t",
        "f",
        "0",
        "1",
    }:
        yield config.finding(
            configuration.BAD_VALUE, entry, f"'{entry.key}' takes true or false, not '{entry.value[:60]}'"
        )
