"""`validate-parser --run`: each parser is run in its sandbox, and its findings join those of reading."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from azdacli.cli import console
from azdacli.errors import AzdaError, ParserError, SpecError
from azdacli.parser_check import Report, Runnable, running

if TYPE_CHECKING:
    from azdacli.parser_run.job import Options
    from azdacli.parser_run.run import Ran

_SHAPE = re.compile(
    r"(?P<name>.+)=(?P<dims>[0-9]+(?:[xX,][0-9]+)*)(?::(?P<dtype>float32|float16|int8|int32|int64|uint8))?"
)
_MOST_VALUES = 1 << 28
_MOST_DIMS = 8
_PICTURES = Path("parser-images")


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What the options ask for.

    Attributes:
        run: Whether the parser is to be run.
        shapes: As they were typed.
        keep: Where inputs go.
        replay: Recordings.
        images: Pictures.
        record: Where tensors and results go.
        model: The ONNX model.
        seconds: How long a call may take.
    """

    run: bool
    shapes: tuple[str, ...]
    keep: Path | None
    replay: tuple[Path, ...]
    images: Path | None
    record: Path | None
    model: Path | None
    seconds: float

    def __post_init__(self) -> None:
        given = next((name for name, value in self._about_running if value), None)
        if not self.any and given is not None:
            raise SpecError(f"{given} is about running the parser, which nobody asked for", hint="Add --run.")
        for path in self.replay:
            if not path.exists():
                raise SpecError(f"there is no recording '{path}'", hint="Check the path given to --replay.")
        if self.images is not None and not self.images.exists():
            raise SpecError(f"there is no '{self.images}'", hint="Check the path given to --images.")
        if self.replay and (self.images is not None or self.record is not None):
            given = "--images" if self.images is not None else "--record"
            raise SpecError(f"--replay and {given} exclude each other", hint="Give one of them.")

    @property
    def _about_running(self) -> tuple[tuple[str, object], ...]:
        return (("--shapes", self.shapes), ("--keep", self.keep), ("--record", self.record))

    @property
    def any(self) -> bool:
        """Whether anything is to be run."""
        return self.run or bool(self.replay) or self.images is not None


def run(report: Report, runnables: Sequence[Runnable], wanted: Wanted) -> tuple[Report, list["Ran"], list[AzdaError]]:
    """Run what is to be run; the report with what was found, and why parsers could not be run.

    Raises:
        SpecError: It is not said on what, or a shape cannot be read.
    """
    if not wanted.any:
        return report, [], []
    from azdacli.parser_run.job import Options  # for those who ask for it

    shapes = tuple(_shape(text) for text in wanted.shapes)
    if wanted.record is not None and len(runnables) != 1:
        names = ", ".join(each.path.name for each in runnables) or "none"
        raise SpecError(f"--record is about one parser, and there are: {names}", hint="Give the parser's file.")
    options = Options(
        model=wanted.model,
        shapes=shapes,
        keep=_PICTURES if wanted.keep is None and wanted.images is not None else wanted.keep,
        replay=wanted.replay,
        images=wanted.images,
        record=wanted.record,
        seconds=wanted.seconds,
        release=report.release,
    )
    ran: list[Ran] = []
    refused: list[AzdaError] = []
    found = list(report.findings)
    for each in runnables:
        done = _ran(each, options, wrong=report.failed())
        if isinstance(done, AzdaError):
            refused.append(done)
            found.append(running.not_run(each.path, str(done), done.hint))
        else:
            ran.append(done)
    for one in ran:
        if one.pictures:
            console.note(f"{one.pictures[0]} shows what was found")
    for line in dict.fromkeys(each.lacking for each in ran if each.lacking):
        console.note(line)
    found.extend(finding for each in ran for finding in each.findings)
    return Report.of(found, report.files, report.release), ran, refused


def _ran(runnable: Runnable, options: "Options", *, wrong: bool) -> "Ran | AzdaError":
    """Run one parser, or say why it cannot be run.

    What reading found may be the cause, a configuration that cannot be read too; so it must not be lost over this.
    """
    from azdacli.parser_run import run as runs  # for those who ask for it

    try:
        return runs.run(runnable, options)
    except ParserError as error:
        return error
    except SpecError as error:
        if not wrong:
            raise
        return error


def as_json(ran: Sequence["Ran"]) -> Mapping[str, Any]:
    """What the runs took, for the answer; nothing where nothing was run."""
    if not ran:
        return {}
    return {
        "runs": [
            {
                "parser": str(each.path),
                "sandbox": each.sandbox,
                "notEnforced": each.lacking,
                "calls": each.calls,
                "secondsPerCall": each.seconds,
            }
            for each in ran
        ]
    }


def _shape(text: str) -> Mapping[str, Any]:
    """Read a shape as a model has it: a first dimension of 1 is the batch."""
    found = _SHAPE.fullmatch(text)
    hint = "Write NAME=SHAPE as the model's output has it, as output0=1x25200x85; with a type: ids=1x100:int32."
    if found is None:
        raise SpecError(f"--shapes cannot read '{text}'", hint=hint)
    dims = [int(size) for size in re.split("[xX,]", found["dims"])]
    if len(dims) > 1 and dims[0] == 1:
        del dims[0]
    count = 1
    for size in dims:
        count *= size
    if not 0 < count <= _MOST_VALUES or len(dims) > _MOST_DIMS:
        raise SpecError(f"--shapes: '{text}' is not a layer of a model", hint=hint)
    return {"name": found["name"], "dims": dims, "dtype": found["dtype"] or "float32"}
