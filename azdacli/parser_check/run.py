"""What one run of the checker has read so far: each file once, wherever it is named."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from azdacli.image.file_tree import FileTree
from azdacli.parser_check import discover
from azdacli.parser_check import parser as parsers
from azdacli.parser_check.config.settings import Config
from azdacli.parser_check.finding import Certainty, Finding
from azdacli.parser_check.ground import Ground
from azdacli.parser_check.location import InImage, OnDisk
from azdacli.parser_check.module import Folder
from azdacli.parser_check.parser import Parser
from azdacli.parser_check.rules import Rule
from azdacli.parser_check.rules import cross as together
from azdacli.parser_check.source import Source
from azdacli.parser_check.summaries import run_module
from dsconfig import onnx_header
from dsconfig.onnx_header import Model, ModelError

_MOST_BESIDE = 200  # files: what nobody imports is looked at for a hint's sake


@dataclass(frozen=True, kw_only=True, slots=True)
class Runnable:
    """A parser that can be run, with what belongs to it.

    Attributes:
        path: The parser's file.
        config: Its model's configuration, None where none is certain.
        labels_line: Where its labels are set, when nobody can read from there how many they are; 0 when that is known.
    """

    path: Path
    config: Path | None
    labels_line: int = 0


@dataclass(kw_only=True, slots=True)
class Run:
    """What one run has read so far; each file is read once."""

    ground: Ground
    image: FileTree | None = None
    findings: list[Finding] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    folders: dict[Path, Folder] = field(default_factory=dict)
    models: dict[Path, Model | None] = field(default_factory=dict)
    runnables: list[Runnable] = field(default_factory=list)

    def parser(self, path: Path) -> Parser:
        """Read a parser with its siblings."""
        found = parsers.read(path, self.ground, self._folder(path))
        self.findings.extend(found.findings)
        self.files.extend(found.files)
        self.sources.extend(found.sources)
        return found

    def beside(self, folder: Path, read_parsers: Iterable[Parser]) -> None:
        """Name the Python files that nobody can read among those of a folder that no parser was seen to import."""
        folders = {parser.path.parent for parser in read_parsers}
        known = set(self.files)
        files = (path for path in discover.files_below(folder) if path.suffix.lower() == ".py" and path not in known)
        meant = (path for path in files if path.parent in folders or "parser" in path.stem.lower())
        for path in itertools.islice(meant, _MOST_BESIDE):
            if (fault := parsers.fault(path, self.ground)) is not None:
                self.files.append(path)
                self.findings.append(replace(fault, certainty=Certainty.CANNOT_TELL))

    def _folder(self, path: Path) -> Folder:
        """Where a parser's siblings are: beside it, or where the image has it."""
        paths = self.image.of(path) if self.image else ()
        if self.image is None or not paths:
            return self.folders.setdefault(path.parent, Folder(path=path.parent, run=run_module))
        location = InImage(tree=self.image, path=paths[-1], source=path)
        key = Path(paths[-1]).parent
        return self.folders.setdefault(key, Folder(path=path.parent, run=run_module, location=location))

    def located(self, config: Config) -> list[Config]:
        """A configuration in each of its surroundings; none where another file takes its path in the image."""
        if self.image is None:
            return [config]
        return [
            replace(config, location=InImage(tree=self.image, path=path, source=config.path))
            for path in self.image.of(config.path)
        ]

    def model(self, path: Path, config: Config | None) -> Model | None:
        """Read a model once; what is wrong with it is said where it is named."""
        if path not in self.models:
            self.files.append(path)
            self.models[path] = self._model(path, config)
        return self.models[path]

    def _model(self, path: Path, config: Config | None) -> Model | None:
        entry = config.get("onnx-file") if config else None

        named = config is not None and entry is not None and config.files.find(entry.value) == path
        around = config.files.beside(entry.value) if config and entry and named else OnDisk(path=path)

        def say(rule: Rule, message: str) -> None:
            if config is not None and entry is not None and named:
                self.findings.append(config.finding(rule, entry, message))
            else:
                self.findings.append(Finding(rule=rule, message=message, cure=rule.cure, path=path))

        try:
            model = onnx_header.read(path)
        except ModelError as error:
            say(together.MODEL_UNREADABLE, f"{path.name} is not an ONNX model: {error}")
            return None
        for name in model.weight_files:
            if around.find(name) is None and (absence := around.absence(name)) is not None and absence.sure:
                say(together.WEIGHTS_MISSING, f"{path.name} keeps weights in '{name}', which is not beside it")
        return model
