import contextlib
import inspect
import io
import warnings
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from helpers import bins, color, figures, networks

SIZES = [(40, 20), (32, 32), (7, 13), (1, 1), (20, 200), (200, 20)]


def some(height: int, width: int) -> np.ndarray:
    return np.random.default_rng(0).random((height, width, 3)).astype(np.float32)


@contextlib.contextmanager
def no_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        # what matplotlib 3.10 asks of a newer pyparsing
        warnings.filterwarnings("ignore", "'.*' .*deprecated.* use '")
        yield


def render(figure: Figure) -> np.ndarray:
    file = io.BytesIO()
    with no_warnings():
        figure.savefig(file, format="png", dpi=50)
    return np.asarray(Image.open(file).convert("RGB"), np.float32) / 255


def words(figure: Figure) -> str:
    texts = [text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))]
    return "\n".join(texts)


def difference(guess: np.ndarray, truth: np.ndarray) -> float:
    return float(np.abs(guess - truth).mean())


DRAW = {
    "grid": lambda photo: figures.grid({"one": photo, "two": photo[..., 0]}),
    "against_truth": lambda photo: figures.against_truth({"gray": color.to_gray(photo)}, photo),
    "judged": lambda photo: figures.judged(difference, {"gray": color.to_gray(photo)}, photo),
    "before_after": lambda photo: figures.before_after(color.to_gray(photo), photo),
    "rgb_planes": figures.rgb_planes,
    "lab_planes": figures.lab_planes,
    "ab_plane": lambda photo: figures.ab_plane(50, photo),
    "loss_curves": lambda photo: figures.loss_curves({"run": photo[:, 0, 0]}, gray=0.5),
    "learning_curves": lambda photo: figures.learning_curves(
        {"run": {"loss": photo[:, 0, 0], "val_loss": photo[:, 0, 1]}}, gray=0.5
    ),
    "valley": lambda photo: figures.valley(
        lambda weight: weight**2, (-1, 2), {"walk": [1.5, 0.5]}, colors=photo[0]
    ),
    "valleys_from_above": lambda photo: figures.valleys_from_above(
        lambda weight, shift: weight**2 + shift**2, {"walk": photo[:2, 0, :2]}
    ),
    "descent": lambda photo: figures.descent({"run": [0.3, 0.1]}, {1: photo, 2: photo}, gray=0.5),
    "verdicts": lambda photo: figures.verdicts({"one": photo}, [photo[..., 0]]),
    "fooled": lambda photo: figures.fooled({"one": photo[:, 0, 0], "two": [0.1, 0.2]}),
    "mosaic": lambda photo: figures.mosaic([photo] * 5, columns=3),
    "ab_histogram": lambda photo: figures.ab_histogram({"one": color.split(photo)[1]}),
    "clouds": lambda photo: figures.clouds({"one": photo[0, :, :2], "two": np.zeros((3, 2))}),
    "color_bins": lambda photo: figures.color_bins(
        {"even": np.ones(len(bins.CENTERS)), "not": np.arange(len(bins.CENTERS)) * photo.max()}
    ),
    "shares_at": lambda photo: figures.shares_at(
        photo, {"corner": (0, 0), "middle": (0.5, 0.5)}, np.ones((2, 3, len(bins.CENTERS)))
    ),
    "dots": lambda photo: figures.dots(photo, [(0.5, 0.5, (1, 0, 0))], (0.2, 0.8)),
    "intervals": lambda photo: figures.intervals({"one": (0.5, 0, photo.max())}, "share"),
    "gains": lambda photo: figures.gains({"one": [0.5, photo.max(), 1]}, "closer by"),
    "matrix": lambda photo: figures.matrix(photo[:3, :2, 0], "abc"[: len(photo)], "de", "title"),
    "network": lambda photo: figures.network(networks.unet(4), 64, "a U-Net"),
    "feature_maps": figures.feature_maps,
    "patch": lambda photo: figures.patch(*color.rgb_to_lab(photo[0, 0])),
}


def test_every_figure_is_tested_here() -> None:
    functions = inspect.getmembers(figures, inspect.isfunction)
    public = {
        name
        for name, function in functions
        if not name.startswith("_") and inspect.signature(function).return_annotation is Figure
    }
    assert public == set(DRAW)


@pytest.mark.parametrize(("height", "width"), SIZES)
@pytest.mark.parametrize("name", DRAW)
def test_photos_of_every_shape_render(name: str, height: int, width: int) -> None:
    photo = some(height, width)
    before = photo.copy()
    with no_warnings():
        figure = DRAW[name](photo)
    assert isinstance(figure, Figure)
    pixels = render(figure)
    assert min(pixels.shape[:2]) > 10
    assert np.ptp(pixels) > 0.2
    np.testing.assert_array_equal(photo, before)


@pytest.mark.parametrize(
    ("draw", "captions"),
    [
        (lambda photo: figures.grid({"left": photo, "right": photo}), ["left", "right"]),
        (
            lambda photo: figures.against_truth({"mine": color.to_gray(photo)}, photo),
            ["mine", "dB", "color difference", "the truth"],
        ),
        (lambda photo: figures.judged(difference, {"mine": photo - 0.25}, photo), ["mine\n0.25"]),
        (figures.rgb_planes, ["the photo", "red", "green", "blue"]),
        (figures.lab_planes, ["the photo", "L:", "a:", "b:", "100", "−100"]),
        (lambda photo: figures.ab_plane(70), ["L = 70", "green (-)", "red (+)", "blue (-)"]),
        (lambda photo: figures.ab_plane(70, photo), ["% of the pixels", "L = 70"]),
        (
            lambda photo: figures.loss_curves({"tanh": [2, 1]}, gray=1.5),
            ["tanh", "gray", "step", "loss"],
        ),
        (lambda photo: figures.feature_maps(photo, "layer 3"), ["layer 3"]),
        (
            lambda photo: figures.descent({"run": [0.3, 0.1]}, {1: photo, 2: photo}, gray=0.5),
            ["run", "after 1 step", "step 2", "gray", "loss"],
        ),
        (
            lambda photo: figures.verdicts({"mine": photo}, [np.ones((2, 2))]),
            ["mine", "true: 100%"],
        ),
        (lambda photo: figures.fooled({"school": [0.5]}), ["school", "perfect", "fooled"]),
        (lambda photo: figures.patch(53.24, 80.09, 67.2), ["100%, 0%, 0%"]),
        (lambda photo: figures.patch(50, 110, -110), ["no screen can show this", "gamut"]),
    ],
)
def test_captions(draw: Callable[[np.ndarray], Figure], captions: list[str]) -> None:
    figure = draw(some(8, 8))
    render(figure)
    for caption in captions:
        assert caption in words(figure)


@pytest.mark.parametrize(("height", "width"), [(40, 20), (20, 40), (7, 13)])
@pytest.mark.parametrize(("position", "black"), [(0, 0), (50, 0.5), (100, 1)])
def test_before_after_divides_the_width(
    height: int, width: int, position: int, black: float
) -> None:
    before, after = np.zeros((height, width, 3)), np.ones((height, width, 3)) * (0, 0, 1)
    pixels = render(figures.before_after(before, after, position))
    shape = pixels.shape[0] / pixels.shape[1]
    assert shape == pytest.approx(height / width, rel=0.02)
    assert (pixels.max(axis=-1) < 0.1).mean() == pytest.approx(black, abs=0.05)
    is_after = (pixels[..., 2] > 0.9) & (pixels[..., 0] < 0.1)
    assert is_after.mean() == pytest.approx(1 - black, abs=0.05)


def points(figure: Figure, axis: int) -> list[tuple[float, float]]:
    """Return where the walk on an axis of a figure stands, the lines of dots."""
    walks = [line for line in figure.axes[axis].lines if line.get_marker() == "o"]
    return [tuple(map(float, point)) for point in walks[0].get_xydata()]


def test_a_valley_has_a_panel_for_each_walk_which_lies_on_the_curve() -> None:
    def loss(weight: float) -> float:
        return (weight - 1) ** 2

    figure = figures.valley(loss, (-1, 3), {"short": [3, 2], "long": [0, 2, 5]})
    assert len(figure.axes) == 2
    assert points(figure, 0) == [(3, 4), (2, 1)]
    assert points(figure, 1) == [(0, 1), (2, 1), (5, 16)]
    assert figure.axes[1].get_title() == "long: ends at loss 16.0000"
    assert figure.axes[1].get_ylim()[1] < 5  # what leaves the picture is cut off
    assert len(figures.valley(loss, (-1, 3)).axes) == 1


def test_a_valley_from_above_shows_the_bottom_and_each_walk() -> None:
    def loss(weight: float, shift: float) -> float:
        return (weight - 1) ** 2 + 5 * (shift - 0.2) ** 2

    walk = np.array([[2, 1], [1.5, 0.5]])
    figure = figures.valleys_from_above(loss, {"a": walk, "b": walk[:1], "c": walk})
    assert [axis.get_title() for axis in figure.axes] == [
        "a: ends at loss 0.7000",
        "b: ends at loss 4.2000",
        "c: ends at loss 0.7000",
        "",
    ]
    assert points(figure, 2) == [(2, 1), (1.5, 0.5)]
    stars = [line for line in figure.axes[0].lines if line.get_marker() == "*"]
    np.testing.assert_allclose(stars[0].get_xydata(), [[1, 0.2]], atol=0.03)


def test_a_descent_marks_its_photos_on_the_last_curve() -> None:
    losses = {"SGD": [9.0, 8.0, 7.0], "Adam": [9.0, 5.0, 1.0]}
    figure = figures.descent(losses, {1: some(4, 4), 3: some(4, 4)})
    marks = [line for line in figure.axes[-1].lines if line.get_marker() == "o"]
    assert [tuple(map(float, mark.get_xydata()[0])) for mark in marks] == [(1, 5), (2, 1)]


def test_grid_breaks_into_rows() -> None:
    figure = figures.grid({str(i): some(8, 8) for i in range(5)}, columns=2)
    assert figure.axes[0].get_subplotspec().get_gridspec().get_geometry() == (3, 2)
    assert [axis.get_title() for axis in figure.axes] == ["0", "1", "2", "3", "4", ""]


@pytest.mark.parametrize("L", [0, 1, 50, 99, 100])
def test_ab_plane_renders_at_every_lightness(L: int) -> None:
    render(figures.ab_plane(L, some(16, 16)))


def test_ab_plane_finds_the_pixels_of_a_lightness() -> None:
    photo = np.tile(color.lab_to_rgb(np.array([64, 20, 10])), (10, 10, 1))
    photo[:3] = color.lab_to_rgb(np.array([60, 20, 10]))
    figure = figures.ab_plane(60, photo)
    assert "30.0%" in words(figure)
    [dots] = figure.axes[1].collections
    np.testing.assert_allclose(dots.get_offsets().data[0], (20, 10), atol=0.05)


@pytest.mark.parametrize("channels", [1, 2, 8, 13, 32])
def test_feature_maps_show_every_channel(channels: int) -> None:
    figure = figures.feature_maps(np.random.default_rng(0).random((4, 6, channels)))
    render(figure)
    assert sum(len(axis.images) for axis in figure.axes) == channels


def test_patch_has_the_color_itself() -> None:
    pixels = render(figures.patch(53.24, 80.09, 67.2))
    middle = pixels[pixels.shape[0] // 3, pixels.shape[1] // 2]
    np.testing.assert_allclose(middle, (1, 0, 0), atol=0.02)


def test_grid_takes_repeated_captions() -> None:
    photo = some(8, 8)
    figure = figures.grid([("truth", photo), ("truth", photo), ("guess", photo)], columns=3)
    assert words(figure).count("truth") == 2


def test_intervals_tell_their_numbers() -> None:
    figure = figures.intervals({"gray": (15.44, 14.2, 16.61), "net": (13, 12, 14)}, "difference")
    render(figure)
    assert "gray   15.4 (14.2 to 16.6)" in words(figure)
    assert "difference" in words(figure)


def test_gains_count_the_photos_that_gain() -> None:
    figure = figures.gains({"told": [2.0, 1.0, 3.0, -1.0]}, "closer by")
    render(figure)
    assert "told: better on 3 of 4, by   1.25 (" in words(figure)


def test_matrix_has_a_number_in_every_cell() -> None:
    figure = figures.matrix(np.array([[1.25, -3], [np.nan, 0.5]]), ["a", "b"], ["c", "d"], "both")
    render(figure)
    assert {"1.25", "-3", "nan", "0.5", "a", "d", "both"} <= set(words(figure).split("\n"))


def test_dots_stand_at_their_places() -> None:
    photo = np.full((100, 200, 3), 0.5, np.float32)
    pixels = render(figures.dots(photo, [(0.25, 0.5, (1, 0, 0))]))
    height, width = pixels.shape[:2]
    np.testing.assert_allclose(pixels[height // 2, width // 4], (1, 0, 0), atol=0.05)
    assert np.ptp(pixels[height // 2, 3 * width // 4]) < 0.02


@pytest.mark.parametrize("channel", [1, 2])
def test_a_color_scale_can_be_read_without_telling_its_colors_apart(channel: int) -> None:
    scale = figures.colors._lab_scale(channel, -100, 100)
    middle = scale(np.linspace(0.25, 0.75, 50))[None, :, :3].astype(np.float32)  # -50 to 50
    light = color.rgb_to_lab(middle)[0, :, 0]
    assert np.all(np.diff(light) > 0) and light[-1] - light[0] > 10


def test_a_network_is_drawn_with_the_sizes_of_its_maps_and_its_skips() -> None:
    figure = figures.network(networks.unet(width=8), size=64)
    told = words(figure)
    assert "64\n1\n" in told and "4\n64\n" in told and "doubles the sides" in told
    assert len([patch for patch in figure.axes[0].patches if "Arrow" in type(patch).__name__]) == 3


def test_a_network_without_an_input_layer_is_drawn_from_its_input() -> None:
    assert "48\n1\n" in words(figures.network(networks.alpha(), size=48))


def test_a_table_has_a_row_for_each_name() -> None:
    rows = {"gray": {"CIEDE2000": 12.345, "photos": 3}, "U-Net": {"CIEDE2000": 9.0, "photos": 3}}
    lines = figures.table(rows, digits=2, corner="network").data.splitlines()
    assert lines[0] == "| network | CIEDE2000 | photos |"
    assert lines[2:] == ["| gray | 12.35 | 3 |", "| U-Net | 9.00 | 3 |"]


def test_a_place_asks_in_orange_and_looks_where_its_shares_are() -> None:
    photo = some(32, 32)
    asking = figures.asking(photo, 1, 2, places=4)
    assert np.allclose(asking[12, 20], figures.ORANGE)
    np.testing.assert_allclose(asking[:4], color.to_gray(photo)[:4])
    shares = np.zeros(16)
    shares[4 * 3 + 1], shares[0] = 0.8, 0.2
    looked = figures.looked_at(photo, shares)
    assert np.allclose(looked[28, 12], figures.ORANGE)
    np.testing.assert_allclose(looked[:8, 8:], color.to_gray(photo)[:8, 8:])
    np.testing.assert_allclose(
        looked[:8, :8], 0.5 * color.to_gray(photo)[:8, :8] + 0.5 * figures.ORANGE, atol=1e-6
    )
