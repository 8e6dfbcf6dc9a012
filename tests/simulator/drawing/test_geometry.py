"""Tiles and dewarped views stand where arithmetic says."""

from pathlib import Path

import numpy as np
import pytest
from simulator.drawing.dewarping import dewarp, read_dewarper_file
from simulator.drawing.projections import Surface, surface_map
from simulator.drawing.tiling import Grid, Tile, compose
from simulator.errors import ConfigurationError, NotSimulatedError

COMPAT = Path(__file__).parents[4] / "shared" / "compat" / "nvinfer-configs" / "config_dewarper.txt"


def flat(level: int, width: int = 32, height: int = 18) -> np.ndarray:
    return np.full((height, width, 4), level, np.uint8)


def test_tiles_fill_row_by_row() -> None:
    grid = Grid(rows=2, columns=3, width=300, height=100)
    assert [grid.tile(i) for i in (0, 2, 3)] == [
        Tile(left=0, top=0, width=100, height=50),
        Tile(left=200, top=0, width=100, height=50),
        Tile(left=0, top=50, width=100, height=50),
    ]
    assert grid.tile(6) is None


def test_each_source_is_drawn_in_its_tile_on_black() -> None:
    output = compose(Grid(rows=2, columns=2, width=64, height=36), [(0, flat(10)), (3, flat(200, 7, 5))])
    assert np.unique(output[:18, :32, 0]).tolist() == [10]
    assert np.unique(output[18:, 32:, 0]).tolist() == [200]
    assert not output[:18, 32:, :3].any()


def test_one_source_alone_takes_the_whole_output() -> None:
    grid = Grid(rows=2, columns=2, width=64, height=36, show_source=2)
    output = compose(grid, [(0, flat(10)), (2, flat(90))])
    assert np.unique(output[..., 0]).tolist() == [90]


def test_boxes_move_with_their_tile() -> None:
    tile = Tile(left=200, top=50, width=100, height=50)
    assert tile.moved((960, 540, 192, 108), 1920, 1080) == (250, 75, 10, 5)


@pytest.mark.parametrize("fields", [{"rows": 0}, {"columns": -1}, {"width": 1, "columns": 2}])
def test_a_grid_without_room_is_refused(fields: dict[str, int]) -> None:
    with pytest.raises(ConfigurationError, match="nvmultistreamtiler"):
        Grid(**fields)


def surface(projection: int, **changes: object) -> Surface:
    fields = {"index": 0, "projection": projection, "width": 101, "height": 81, "focal_length": (50.0,), **changes}
    return Surface(**fields)


def test_an_undistorted_perspective_view_is_the_picture_itself() -> None:
    x, y = surface_map(surface(3), 101, 81)
    np.testing.assert_allclose(x, np.tile(np.arange(101), (81, 1)), atol=1e-3)
    np.testing.assert_allclose(y, np.tile(np.arange(81)[:, None], (1, 101)), atol=1e-3)


def test_radial_distortion_moves_pixels_outwards_by_browns_formula() -> None:
    x, _ = surface_map(surface(3, distortion=(0.1,)), 101, 81)
    assert x[40, 100] == pytest.approx(50 + 50 * 1.0 * (1 + 0.1), abs=1e-3)


def test_rotating_by_the_roll_turns_the_picture() -> None:
    x, y = surface_map(surface(3, roll=90), 101, 81)
    assert (x[40, 60], y[40, 60]) == (pytest.approx(50, abs=1e-3), pytest.approx(50, abs=1e-3))


@pytest.mark.parametrize("projection", [1, 2])
def test_the_middle_of_a_fisheye_view_looks_along_the_axis(projection: int) -> None:
    x, y = surface_map(surface(projection), 400, 300)
    assert (x[40, 50], y[40, 50]) == (pytest.approx(199.5, abs=1e-3), pytest.approx(149.5, abs=1e-3))


def test_a_cylinder_sees_the_edge_of_the_field_of_view_at_its_edges() -> None:
    x, y = surface_map(surface(2, fov=180), 400, 300)
    assert x[40, 100] == pytest.approx(199.5 + 50 * np.pi / 2, abs=1e-3)
    assert y[0, 50] == pytest.approx(149.5 - 50 * np.pi / 2, abs=1e-3)


def test_a_pushbroom_is_perspective_along_its_line_and_angular_across() -> None:
    x, y = surface_map(surface(1, top_angle=40, bottom_angle=-40), 400, 300)
    assert x[40, 100] == pytest.approx(199.5 + 50 * np.arctan(1.0), abs=1e-3)
    assert y[0, 50] == pytest.approx(149.5 - 50 * np.radians(40), abs=1e-3)


def test_dewarping_takes_pixels_by_the_map_and_black_from_outside() -> None:
    frame = flat(90, 101, 81)
    assert (dewarp(frame, surface_map(surface(3), 101, 81)) == 90).all()
    x, y = surface_map(surface(3), 101, 81)
    assert not dewarp(frame, (x + 1000, y)).any()


def test_nvidias_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "dewarper.txt"
    path.write_text(
        "[property]\noutput-width=960\noutput-height=752\n[surface0]\nprojection-type=2\nsurface-index=1\nwidth=1472\n"
        "height=1384\ntop-angle=90\nbottom-angle=-90\npitch=1\nyaw=0\nroll=0\nfocal-length=350\nsrc-fov=180\nfoo=1\n"
    )
    settings = read_dewarper_file(path)
    assert (settings.width, settings.height) == (960, 752)
    (only,) = settings.surfaces
    assert (only.index, only.projection, only.focal_length, only.pitch) == (1, 2, (350.0,), 1.0)
    assert settings.notices == ("Unknown key 'foo' for group [surface0]",)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("[property]\noutput-width=1\n", ConfigurationError),
        ("[surface0]\nprojection-type=2\nwidth=9\n", ConfigurationError),
        ("[surface0]\nprojection-type=2\nwidth=9\nheight=0\n", ConfigurationError),
        ("[surface0]\nprojection-type=9\nwidth=9\nheight=9\n", NotSimulatedError),
        ("[surface0]\nprojection-type=3\nwidth=9\nheight=9\nrot-axes=XYZ\n", NotSimulatedError),
        ("[property]\nspot-calibration-file=x\n", NotSimulatedError),
    ],
)
def test_what_cannot_be_dewarped_is_refused(tmp_path: Path, text: str, error: type[Exception]) -> None:
    path = tmp_path / "dewarper.txt"
    path.write_text(text)
    with pytest.raises(error):
        read_dewarper_file(path)


@pytest.mark.skipif(not COMPAT.is_file(), reason="the folder of real-life configurations is not beside this checkout")
def test_a_real_life_file_reads() -> None:
    assert read_dewarper_file(COMPAT).surfaces[0].projection == 2
