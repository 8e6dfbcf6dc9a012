"""What a worker of a Dask cluster does: run the pipeline on some of the pictures, in a child process as elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from azdacli import __version__
from azdacli.errors import AzdaError, ParserError, SpecError
from azdacli.evaluation.process import Event, Pipeline

_PARSER, _SPEC = "parser", "spec"


@dataclass(frozen=True, kw_only=True, slots=True)
class Shard:
    """Some of the pictures.

    Attributes:
        config: The primary model's configuration.
        parser: The parser of its outputs; empty without one.
        pictures: Name and path of each.
        variants: Keys of the configuration that are changed.
    """

    config: str
    parser: str
    pictures: tuple[tuple[str, str], ...]
    variants: tuple[Mapping[str, str], ...]


def run(shard: Shard, version: str) -> Mapping[str, Any]:
    """Run it.

    Args:
        shard: What is run.
        version: That of the azdacli that asks; another one may compute otherwise.

    Returns:
        `events`, or the `kind`, `message` and `hint` of a failure: an exception of ours loses its hint on the way.
    """
    events: list[Event] = []
    try:
        _check(shard, version)
        pipeline = Pipeline(config=Path(shard.config), parser=Path(shard.parser) if shard.parser else None)
        pipeline.run([(name, Path(path)) for name, path in shard.pictures], shard.variants, events.append)
    except (ParserError, SpecError) as error:
        kind = _PARSER if isinstance(error, ParserError) else _SPEC
        return {"kind": kind, "message": str(error), "hint": error.hint}
    return {"events": events}


def failure(answer: Mapping[str, Any]) -> AzdaError:
    """What a worker could not do, as the error that it was there."""
    kind = ParserError if answer["kind"] == _PARSER else SpecError
    return kind(answer["message"], hint=answer["hint"])


def _check(shard: Shard, version: str) -> None:
    if version != __version__:
        raise SpecError(
            f"a worker of the Dask cluster has azdacli {__version__}, and this is {version}",
            hint="Install the same version on every worker: another may compute other results.",
        )
    files: Sequence[str] = [
        shard.config,
        *([shard.parser] if shard.parser else []),
        *(p for _, p in shard.pictures[:1]),
    ]
    missing = next((each for each in files if not Path(each).is_file()), None)
    if missing is not None:
        raise SpecError(
            f"a worker of the Dask cluster does not see '{missing}'",
            hint="The folder of the model and that of the pictures must have the same paths on every worker.",
        )
