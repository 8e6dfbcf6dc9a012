"""The files of a run: none that fails takes the place of an earlier one's."""

from pathlib import Path

import pytest

from azdacli.errors import SpecError
from azdacli.simulation.output import Output


def names(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def written(folder: Path, text: bytes, *, still: bool = False) -> Output:
    output = Output.prepare(folder)
    output = output.with_picture(str(output.picture.with_suffix(".png")) if still else "")
    output.picture.write_bytes(text)
    output.messages.write_bytes(text)
    return output


def test_a_run_that_ends_well_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    written(tmp_path / "out", b"first").keep()
    kept = written(tmp_path / "out", b"second").keep()
    assert names(tmp_path / "out") == {"annotated.mp4": b"second", "messages.jsonl": b"second"}
    assert (kept.picture.name, kept.messages.name) == ("annotated.mp4", "messages.jsonl")


def test_a_run_that_fails_leaves_the_last_good_one_and_its_own_for_a_look(tmp_path: Path) -> None:
    written(tmp_path, b"good").keep()
    left = written(tmp_path, b"bad").abandon()
    good = {"annotated.mp4": b"good", "messages.jsonl": b"good"}
    assert names(tmp_path) == {**good, "annotated.partial.mp4": b"bad", "messages.partial.jsonl": b"bad"}
    assert left.picture.read_bytes() == b"bad"
    Output.prepare(tmp_path).abandon()
    assert names(tmp_path) == good, "what a run that failed has left goes with the next; empty files stay nowhere"


@pytest.mark.parametrize("still", [False, True])
def test_a_picture_of_an_earlier_run_goes_with_its_messages(tmp_path: Path, *, still: bool) -> None:
    written(tmp_path, b"first", still=not still).keep()
    output = Output.prepare(tmp_path)
    output.messages.write_bytes(b"second")
    output.keep()
    assert names(tmp_path) == {"messages.jsonl": b"second"}


def test_a_folder_in_the_place_of_a_file_is_told_before_the_run(tmp_path: Path) -> None:
    (tmp_path / "annotated.mp4").mkdir()
    with pytest.raises(SpecError, match=r"nothing can be written to .*: Is a directory"):
        Output.prepare(tmp_path)
