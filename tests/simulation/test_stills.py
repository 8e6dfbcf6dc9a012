"""Pictures that are converted before a simulation."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from PIL import Image

from azdacli.errors import SpecError
from azdacli.simulation.source import Source
from azdacli.simulation.stills import as_png


@pytest.mark.parametrize("suffix", ["bmp", "BMP", "tiff", "tif", "gif", "tga"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_picture_becomes_a_png_of_the_same_name_and_size(tmp_path: Path, suffix: str, mode: str) -> None:
    path = tmp_path / f"a street.{suffix}"
    Image.new(mode, (64, 32), "white").save(path)
    (found,) = as_png([Source.file(path)], tmp_path)
    with Image.open(unquote(urlsplit(found.address).path)) as picture:
        assert (picture.format, picture.size, picture.mode) == ("PNG", (64, 32), "RGB")
        assert picture.getpixel((5, 5)) == (255, 255, 255)
    assert found.name == "a street"


def test_what_gstreamer_decodes_is_left_alone(tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "x.png")
    (tmp_path / "x.mp4").write_bytes(b"video")
    sources = [Source.file(tmp_path / "x.png"), Source.file(tmp_path / "x.mp4"), Source.parse("test:ball")]
    assert as_png(sources, tmp_path) == sources


def test_a_broken_picture_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "x.bmp").write_bytes(b"BM nothing")
    with pytest.raises(SpecError, match="is no BMP picture that can be read") as caught:
        as_png([Source.file(tmp_path / "x.bmp")], tmp_path)
    assert caught.value.hint
