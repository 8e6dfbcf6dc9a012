"""The models of a pipeline with their parsers: from the words of `simulate`, or from what lies in a folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azdacli.errors import ParserError, SpecError
from azdacli.parser_check import Finding, in_pairs
from azdacli.parser_check.given import refuse_archive
from azdacli.util import files

_PYTHON = ".py"
_SECONDARY = 2
LIGHT_TRACKER = "light-tracker"


@dataclass(frozen=True, kw_only=True, slots=True)
class Model:
    """A model: its configuration, and the parser of its outputs where Python reads them."""

    config: Path
    parser: Path | None = None

    def __post_init__(self) -> None:
        for path in (self.config, *([self.parser] if self.parser else [])):
            if not files.is_file(path):
                raise SpecError(
                    f"there is no file '{path}'", hint="Check the path; it is taken from the working directory."
                )

    def as_json(self) -> dict[str, str]:
        """The model as the runtime's configuration has it."""
        parser = {"pyFile": str(self.parser.resolve())} if self.parser else {}
        return {"configFile": str(self.config.resolve()), **parser}


@dataclass(frozen=True, kw_only=True, slots=True)
class Cascade:
    """A primary model and what comes behind it.

    Attributes:
        primary: Looks at whole frames.
        secondaries: Look at objects.
        tracker: A configuration, or "light-tracker"; empty for none.
    """

    primary: Model
    secondaries: tuple[Model, ...] = ()
    tracker: str = ""

    def as_json(self) -> dict[str, Any]:
        """The cascade as the keys of a pipeline in the runtime's configuration."""
        return {
            "primaryModelConfigPath": self.primary.as_json(),
            "secondaryModelConfigPaths": [model.as_json() for model in self.secondaries],
            "trackerConfigPath": self.tracker,
        }


def cascade(
    location: Path | None, *, config: Path | None, parser: Path | None, secondaries: Sequence[str], tracker: str
) -> Cascade:
    """Collect what the user named; what is not named is looked for in the folder.

    Args:
        location: A folder with configurations and parsers, or the primary model's configuration.
        config: The primary model's configuration.
        parser: The primary model's parser.
        secondaries: Each "configuration" or "configuration,parser"; those of the folder are used when there is none.
        tracker: "light" or a configuration.

    Raises:
        SpecError: A file is missing, or the folder does not say which of several is meant.
        ParserError: A parser or a configuration was looked for in the folder, and one there cannot be read.
    """
    if location is not None:
        refuse_missing(location)
        refuse_archive(location)
    if location is not None and files.is_file(location):
        if config is not None:
            raise SpecError(f"'{location}' and '{config}' are both the primary configuration", hint="Give one of them.")
        location, config = location.parent, location
    if location is None and config is None:
        raise SpecError(
            "no configuration was given", hint="Give the folder with configuration and parser, or --config."
        )
    found = _Folder(location or config.parent if config else location or Path())
    primary = found.primary(config)
    chosen = Model(config=primary, parser=parser or found.parser_of(primary))
    if parser is None:
        found.refuse_unreadable()
    more = tuple(_secondary(text) for text in secondaries) or (() if config else found.secondaries())
    return Cascade(primary=chosen, secondaries=more, tracker=_tracker(tracker))


def refuse_missing(location: Path) -> None:
    """Say that there is nothing where something was named.

    Raises:
        SpecError: There is nothing.
    """
    if not files.exists(location):
        raise SpecError(
            f"there is no file or folder '{location}'", hint="Give the folder with configuration and parser."
        )


class _Folder:
    """What lies in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._configs, self._pairs, unreadable = in_pairs(folder)
        self._unreadable = [finding for finding in unreadable if finding.path.suffix.lower() == _PYTHON]
        self._broken = [finding for finding in unreadable if finding.path.suffix.lower() != _PYTHON]

    def refuse_unreadable(self) -> None:
        """Whoever looks for a parser does not pass over one that cannot be read: it may be the one."""
        for finding in self._unreadable:
            raise _unreadable(finding, "Another parser can be named with --parser.")

    def primary(self, named: Path | None) -> Path:
        if named is not None:
            return named
        for finding in self._broken:  # it may be the one that is meant, or a secondary model of the cascade
            raise _unreadable(finding, "Another configuration can be named with --config.")
        found = [config for config in self._configs if config.process_mode != _SECONDARY]
        with_parser = [config for config in found if self.parser_of(config.path)]
        chosen = with_parser if len(with_parser) == 1 else found
        if len(chosen) == 1:
            return chosen[0].path
        if not chosen:
            raise SpecError(
                f"'{self._folder}' holds no configuration of a primary model",
                hint="It is a .txt, .yml or .pbtxt file for nvinfer or nvinferserver; --config names one elsewhere.",
            )
        names = ", ".join(str(config.path.relative_to(self._folder)) for config in chosen[:5])
        raise SpecError(
            f"'{self._folder}' holds {len(chosen)} configurations of primary models: {names}",
            hint="Say which one with --config.",
        )

    def parser_of(self, config: Path) -> Path | None:
        same = [parser for parser, other in self._pairs if other.path.resolve() == config.resolve()]
        return same[0] if same else None

    def secondaries(self) -> tuple[Model, ...]:
        behind = [config for config in self._configs if config.process_mode == _SECONDARY]
        if any(self.parser_of(config.path) is None for config in behind):
            self.refuse_unreadable()
        behind.sort(key=lambda config: (config.unique_id.integer or 0) if config.unique_id else 0)
        return tuple(Model(config=config.path, parser=self.parser_of(config.path)) for config in behind)


def _unreadable(finding: Finding, otherwise: str) -> ParserError:
    where = f"{finding.path}:{finding.span.line}"
    return ParserError(f"{where}: {finding.message}", hint=f"{finding.cure} {otherwise}")


def _secondary(text: str) -> Model:
    config, comma, parser = text.partition(",")
    if not config or (comma and not parser):
        raise SpecError(f"'{text}' names no secondary model", hint="Write --secondary CONFIG or CONFIG,PARSER.")
    return Model(config=Path(config), parser=Path(parser) if parser else None)


def _tracker(text: str) -> str:
    if text in ("", "none"):
        return ""
    if text in ("light", LIGHT_TRACKER):
        return LIGHT_TRACKER
    path = Path(text)
    if not files.is_file(path):
        raise SpecError(f"there is no tracker configuration '{text}'", hint="Give a file, or --tracker light.")
    return str(path.resolve())
