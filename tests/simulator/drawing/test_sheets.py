"""Pictures from folders and videos, and sheets of them."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from simulator.drawing.sheets import PictureError, annotated, read_pictures, with_alpha, write_sheet


def red(width: int = 64, height: int = 32) -> np.ndarray:
    picture = np.zeros((height, width, 3), dtype=np.uint8)
    picture[..., 0] = 255
    return picture


def test_a_folder_gives_its_pictures_in_rgb_by_name_and_leaves_other_files_alone(tmp_path: Path) -> None:
    for name in ("b.png", "a.PNG"):
        cv2.imwrite(str(tmp_path / name), red()[..., ::-1])
    (tmp_path / "notes.txt").write_text("x", encoding="utf-8")
    (tmp_path / "broken.jpg").write_bytes(b"no picture")
    found = list(read_pictures(tmp_path))
    assert [name for name, _ in found] == ["a.PNG", "b.png"]
    assert found[0][1][0, 0].tolist() == [255, 0, 0]
    assert with_alpha(found[0][1])[0, 0].tolist() == [255, 0, 0, 255]
    assert [name for name, _ in read_pictures(tmp_path / "b.png")] == ["b.png"]


def test_a_video_gives_frames(tmp_path: Path) -> None:
    file = tmp_path / "v.avi"
    video = cv2.VideoWriter(str(file), cv2.VideoWriter.fourcc(*"MJPG"), 10, (64, 32))
    for _ in range(3):
        video.write(red()[..., ::-1])
    video.release()
    assert [name for name, _ in read_pictures(file)] == [f"frame {number} of v.avi" for number in range(3)]


def test_without_pictures_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="holds no picture"):
        list(read_pictures(tmp_path))
    (tmp_path / "x.mp4").write_bytes(b"no video")
    with pytest.raises(PictureError, match="neither a picture nor a video"):
        list(read_pictures(tmp_path / "x.mp4"))


def test_a_sheet_holds_all_tiles_with_their_boxes(tmp_path: Path) -> None:
    tiles = [annotated(red(), [((16, 8, 32, 16), "a thing \N{SNOWMAN} 0.50")], f"picture {n}") for n in range(3)]
    write_sheet(tmp_path / "sheet.png", tiles, columns=2)
    sheet = cv2.imread(str(tmp_path / "sheet.png"))[..., ::-1]
    assert sheet.shape == (2 * (22 + 240) + 8, 2 * 480 + 8, 3)
    box = sheet[22 + 60, 120:360]
    assert (box[:, 1] > 150).mean() > 0.9, "the upper edge of the box is green"
