"""`check`: the image's own self-test.

The answer on standard output is a table, or one JSON object::

    {"image":    {"release": "7.1", "target": "jetson", "python": "3.10"} or null,
     "assets":   [{"path": "/custom-assets/model.onnx", "size": 123, "sha256": "…" or null}],
     "parsers":  [{"path": "…", "role": "primary|secondary" or null, "labels": 2}],
     "configs":  [{"path": "…", "kind": "nvinfer|nvinferserver|nvtracker|nvdewarper" or null,
                   "files": [{"key": "onnx-file", "path": "…", "exists": true}]}],
     "problems": [{"path": "…", "message": "…", "hint": "…", "severity": "error|warning"}]}

Exit code 0 when there are no errors, else 4; the findings are on standard error.
"""

import argparse
import json
import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import azda_runtime
from azda_runtime.assets import INDEX, AssetFile, ImageIndex, files_of, read_index
from azda_runtime.configuration import Configuration, Need, read_configuration
from azda_runtime.exit_codes import WRONG, WRONG_USAGE
from azda_runtime.files import is_file
from azda_runtime.log import configure, log_problem
from azda_runtime.problems import InvalidValueError, Problem, Severity, shown
from dsconfig import model_check, onnx_header, triton_repository
from dsconfig.printable import printable

_log = logging.getLogger(__name__)


_UNITS = ("B", "kB", "MB", "GB", "TB")
_STEP = 1000


@dataclass(kw_only=True)
class Report:
    """What the check found so far."""

    image: dict[str, str] | None = None
    assets: list[AssetFile] = field(default_factory=list)
    parsers: list[dict[str, Any]] = field(default_factory=list)
    configs: list[dict[str, Any]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def add(self, location: Path, message: str, hint: str, severity: Severity = Severity.ERROR) -> None:
        """Keep a problem and log it."""
        self.problems.append(Problem(path=str(location), message=message, hint=hint, severity=severity))
        log_problem(_log, self.problems[-1])

    @property
    def failed(self) -> bool:
        """Whether anything is an error."""
        return any(p.severity is Severity.ERROR for p in self.problems)

    def as_json(self) -> dict[str, object]:
        """The report as plain data."""
        return {
            "image": self.image,
            "assets": [asset.as_json() for asset in self.assets],
            "parsers": self.parsers,
            "configs": self.configs,
            "problems": [problem.as_json() for problem in self.problems],
        }


def main(arguments: Sequence[str]) -> int:
    """Check the configuration, log the findings and print the result."""
    options = _options(arguments)
    configure()
    report = Report()
    index = _index(options.index, report)
    targets = [*(index.targets if index else ()), *options.assets]
    if index is None and not report.problems and not (targets or options.pyfile or options.config):
        hint = "Name --assets, --pyfile or --config, or run this in an image that azdacli created."
        _log.error("there is nothing to check: %s does not exist", options.index, extra={"hint": hint})
        return WRONG_USAGE
    for target in dict.fromkeys(targets):
        _check_asset(target, report, digests=options.digests)
    if index:
        _compare(index, report)
    for path in options.pyfile:
        _check_parser(path, report, timeout=options.timeout)
    for path in options.config:
        _check_configuration(path, report)
    sys.stdout.write(json.dumps(report.as_json(), indent=2) + "\n" if options.json else printable(table(report.assets)))
    _log.info("the check failed" if report.failed else "all is well")
    return WRONG if report.failed else 0


def table(assets: Sequence[AssetFile]) -> str:
    """The assets for a person: sizes, the beginnings of the digests, paths."""
    rows = [(_size(a.size), a.sha256[:12] if a.sha256 else "-", str(a.path)) for a in assets]
    lines = [f"{size:>9}  {digest:<12}  {path}" for size, digest, path in [("SIZE", "SHA256", "FILE"), *rows]]
    return "\n".join([*lines, f"{len(rows)} files, {_size(sum(a.size for a in assets))}", ""])


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="azda_runtime check", description="Look whether the image holds what its configurations and parsers need."
    )
    repeatable: dict[str, Any] = {"type": Path, "action": "append", "default": []}
    parser.add_argument("--pyfile", metavar="PATH", help="a parser to load (repeatable)", **repeatable)
    parser.add_argument("--config", metavar="PATH", help="a configuration to look into (repeatable)", **repeatable)
    parser.add_argument("--assets", metavar="DIR", help="a folder or file to list as well (repeatable)", **repeatable)
    parser.add_argument("--index", metavar="PATH", type=Path, default=INDEX, help=f"default: {INDEX}")
    parser.add_argument("--timeout", metavar="SECONDS", type=float, default=120.0, help="for one parser; default: 120")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--no-digests", dest="digests", action="store_false", help="list without reading files")
    return parser.parse_args(arguments)


def _index(path: Path, report: Report) -> ImageIndex | None:
    try:
        index = read_index(path)
    except InvalidValueError as error:
        report.add(path, str(error), error.hint)
        return None
    if index is None:
        return None
    report.image = {"release": index.release, "target": index.target, "python": index.python}
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    if index.python and index.python != running:
        report.add(
            path,
            f"The image's bindings are for Python {index.python}, but this is Python {running}.",
            "Build the image again with `azdacli create`; a --run command may have changed its Python.",
        )
    return index


def _check_asset(target: Path, report: Report, *, digests: bool) -> None:
    known = {asset.path for asset in report.assets}  # an --add may go into the folder of another
    for found in files_of(target, digests=digests):
        if isinstance(found, AssetFile):
            if found.path not in known:
                report.assets.append(found)
        else:
            report.add(target, str(found), found.hint)


def _compare(index: ImageIndex, report: Report) -> None:
    """Hold the files against what `azdacli create` put there; only what was read can differ."""
    found = {asset.path: asset for asset in report.assets}
    for path, digest in index.digests.items():
        asset = found.get(path)
        if asset is None:
            report.add(path, "The file is gone since the image was made.", "Look at the --run commands and the mounts.")
        elif asset.sha256 not in (None, digest):
            report.add(
                path,
                "The file is not the one that the image was made with.",
                "A --run command, a mount or a later --add put another in its place.",
                Severity.WARNING,
            )


def _check_parser(path: Path, report: Report, *, timeout: float) -> None:
    try:
        done = _load_apart(path, timeout)
        found = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        found = _lost(f"The parser was not loaded after {timeout:g} seconds.")
    except ValueError:
        found = _lost(f"Loading the parser ended the process with exit code {done.returncode}.")
    if found["trace"]:
        _log.error("%s", found["trace"].rstrip())
    for problem in found["problems"]:
        report.add(path, problem["message"], problem["hint"])
    report.parsers.append({"path": str(path), "role": found["role"], "labels": found.get("labels", 0)})
    if not found["problems"]:
        _log.info("parser %s: %s, keeps its contract", path, found["role"])


def _load_apart(path: Path, timeout: float) -> subprocess.CompletedProcess[bytes]:
    home = str(Path(azda_runtime.__file__).parent.parent)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([home, *filter(None, [os.environ.get("PYTHONPATH")])])}
    return subprocess.run(  # our own module in our own interpreter
        [sys.executable, "-m", "azda_runtime", "load_parser", str(path)],
        stdout=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        env=environment,
        timeout=timeout,
        check=False,
    )


def _lost(message: str) -> dict[str, Any]:
    hint = "Keep the top level of the file to imports and definitions; start nothing and wait for nothing there."
    return {"role": None, "trace": "", "problems": [{"message": message, "hint": hint}]}


def _check_configuration(path: Path, report: Report) -> None:
    try:
        configuration = read_configuration(path)
    except InvalidValueError as error:
        report.add(path, str(error), error.hint)
        report.configs.append({"path": str(path), "kind": None, "files": []})
        return
    files: list[dict[str, object]] = []
    for named in configuration.named_files():
        exists = is_file(named.path)
        files.append({"key": named.key, "path": str(named.path), "exists": exists})
        if not exists and named.need is Need.REQUIRED:
            report.add(
                path,
                f"{named.key} names {shown(str(named.path), limit=200)}, which does not exist.",
                "Add the file to the image; a relative path starts at the configuration's folder.",
            )
    _check_model(configuration, report)
    report.configs.append({"path": str(path), "kind": configuration.kind.value, "files": files})
    _log.info("configuration %s: read by %s, names %s files", path, configuration.kind.value, len(files))


def _check_model(configuration: Configuration, report: Report) -> None:
    """Hold the model that a configuration names to it, as `azdacli validate-parser` does."""
    path = configuration.path
    served = triton_repository.find(configuration.message, path.resolve().parent) if configuration.message else None
    if served is not None:
        for where, faults in ((path, served.faults), (served.config_path or path, served.config_faults)):
            for fault in faults:
                severity = Severity.ERROR if fault.fatal else Severity.WARNING
                report.add(where, f"Line {fault.line}: {fault.message}.", fault.hint or "Correct the line.", severity)
    for named in configuration.named_files():
        if named.key == "onnx-file" and is_file(named.path):
            _check_header(configuration, named.path, report)


def _check_header(configuration: Configuration, path: Path, report: Report) -> None:
    try:
        model = onnx_header.read(path)
    except onnx_header.ModelError as error:
        report.add(configuration.path, f"onnx-file names no ONNX model: {error}.", "Export or download it again.")
        return
    for fault in model_check.check(configuration.values, model):
        # Whether a Python parser reads the outputs is for the settings to say, not for this file.
        if fault.misfit is not model_check.Misfit.PARSER:
            severity = Severity.ERROR if fault.fatal else Severity.WARNING
            report.add(configuration.path, f"{fault.message}.", fault.hint or "Correct the configuration.", severity)


def _size(count: int) -> str:
    value, unit = float(count), 0
    while value >= _STEP and unit < len(_UNITS) - 1:
        value, unit = value / _STEP, unit + 1
    return f"{value:.1f} {_UNITS[unit]}" if unit else f"{count} B"
