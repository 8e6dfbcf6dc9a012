"""Where the files that a pipeline names are: inside its archive, then in the image."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from azda_runtime.files import is_file
from azda_runtime.settings import Model, Pipeline, Tracker
from dsconfig.lookup import locations


def locate(pipeline: Pipeline, roots: Sequence[Path]) -> tuple[Pipeline, tuple[str, ...]]:
    """Replace the paths that a pipeline names by those of the files that are there.

    Args:
        pipeline: As its settings say.
        roots: Where relative paths are looked up, in this order: the archive's root, its folder, the image's folders.

    Returns:
        The pipeline with absolute paths, and the paths for which there is no file.
    """
    missing: list[str] = []

    def find(path: str) -> str:
        found = _find(path, roots)
        if found is None:
            missing.append(path)
            return path
        return str(found)

    located = replace(
        pipeline,
        primary=_located(pipeline.primary, find) if pipeline.primary else None,
        secondaries=tuple(_located(model, find) for model in pipeline.secondaries),
        tracker=_located_tracker(pipeline.tracker, find),
        dewarp=find(pipeline.dewarp) if pipeline.dewarp else None,
    )
    return located, tuple(missing)


def _find(path: str, roots: Sequence[Path]) -> Path | None:
    return next((Path(location) for location in locations(path, map(str, roots)) if is_file(location)), None)


def _located(model: Model, find: Callable[[str], str]) -> Model:
    parser_file = find(model.parser_file) if model.parser_file else None
    return replace(model, config_file=find(model.config_file), parser_file=parser_file)


def _located_tracker(tracker: Tracker | None, find: Callable[[str], str]) -> Tracker | None:
    if tracker is None or tracker.config_file is None:
        return tracker
    return replace(tracker, config_file=find(tracker.config_file))
