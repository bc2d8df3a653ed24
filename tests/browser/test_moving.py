"""What moves in the book without Python: each part shows what Python's figures show."""

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from conftest import DESK, PHONE, ROOT, faults, serve
from PIL import Image
from playwright.sync_api import ElementHandle, Page

from helpers import bins, color, colorizer, figures, metrics, networks, photos, turing, widgets

PHOTO = photos.hero("tulips", 96)
AB = np.random.default_rng(0).normal(0, 30, (12, 16, 2)).astype(np.float32)
LOGITS = np.random.default_rng(1).normal(0, 4, (8, 8, len(bins.CENTERS))).astype(np.float32)


@pytest.fixture
def move(window: Page, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Callable]:
    """Return what opens a page that holds one widget, as the book would, and finds its place."""
    monkeypatch.setenv("COURSE_BOOK", "1")
    for folder in ("color", "widgets"):
        (tmp_path / folder).symlink_to(ROOT / "book" / folder)
    with serve(tmp_path) as address:

        def open_page(show: Callable[[], None]) -> ElementHandle:
            made = []
            monkeypatch.setattr(widgets, "display", made.append)
            show()
            head = "<meta charset=utf-8><title>moving</title>"
            head += "<link rel=stylesheet href=widgets/moving.css>"
            script = "<script type=module src=widgets/start.js></script>"
            text = f"<!doctype html><html lang=en>{head}<main><h1>moving</h1>{made[0].data}</main>"
            (tmp_path / "page.html").write_text(text + script, encoding="utf-8")
            window.goto(f"{address}page.html")
            window.wait_for_function("!document.body.textContent.includes('needs JavaScript')")
            window.wait_for_load_state("networkidle")
            return window.query_selector(".moving")

        yield open_page
        assert faults(window) == []
        window.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        assert window.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
        window.set_viewport_size({"width": DESK[0], "height": DESK[1]})


def set_slider(place: ElementHandle, name: str, value: int) -> None:
    label = place.query_selector(f"label:text-is('{name}')")
    place.query_selector(f"#{label.get_attribute('for')}").fill(str(value))
    place.evaluate("() => new Promise(requestAnimationFrame)")


def drawn(place: ElementHandle, number: int = 0) -> np.ndarray:
    """Return the pixels of a drawing, RGB in 0..1."""
    rows = place.query_selector_all("canvas")[number].evaluate(
        """canvas => {
            const { width, height } = canvas;
            const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
            return [height, width, Array.from(data)];
        }"""
    )
    height, width, data = rows
    return np.array(data, np.float32).reshape(height, width, 4)[..., :3] / 255


def said(place: ElementHandle) -> str:
    return place.query_selector("[role=status]").inner_text()


def test_the_mixer_says_what_python_says(move: Callable) -> None:
    place = move(widgets.lab_mixer)
    patch = place.query_selector(".patch")
    for L, a, b in ((60, 40, 30), (72, 40, 30), (0, 0, 0), (30, 60, -90), (97, -20, 80)):
        for name, value in zip("Lab", (L, a, b), strict=True):
            set_slider(place, name, value)
        lab = np.array([L, a, b], np.float32)
        exists = bool(color.in_gamut(lab))
        assert ("no screen" in patch.inner_text()) != exists
        screen = ", ".join(f"{channel:.0%}" for channel in color.lab_to_rgb(lab))
        assert said(place).endswith(screen if exists else "outside the gamut")


def test_the_explorer_counts_the_pixels_of_a_lightness(move: Callable) -> None:
    place = move(lambda: widgets.lab_explorer(PHOTO))
    stored = np.round(255 * PHOTO) / 255
    for L in (50, 80):
        set_slider(place, "L", L)
        near = np.abs(color.rgb_to_lab(stored)[..., 0] - L) < 2
        assert said(place).startswith(f"{100 * near.mean():.1f}% of the pixels")
        np.testing.assert_allclose(drawn(place)[near], stored[near], atol=1e-3)
    side = drawn(place, 1)
    light = np.stack(np.broadcast_arrays(80, np.arange(-110, 111)[None], 0), -1)[0]
    exists = color.in_gamut(light.astype(np.float32))
    gray = np.abs(side[220 + 40] - 0.93).max(axis=-1) < 0.01  # 20 below the middle: b = -20
    assert exists.any() and gray.any() and not gray.all()


def test_the_line_between_before_and_after_follows_hand_and_key(
    move: Callable, window: Page
) -> None:
    place = move(lambda: widgets.before_after(color.to_gray(PHOTO), PHOTO))
    box = place.query_selector(".before-after").bounding_box()
    line = place.query_selector(".line")

    def share() -> float:
        at = line.bounding_box()
        return (at["x"] + at["width"] / 2 - box["x"]) / box["width"]

    assert share() == pytest.approx(0.5, abs=0.02)
    window.mouse.click(box["x"] + 0.8 * box["width"], box["y"] + 0.5 * box["height"])
    assert share() == pytest.approx(0.8, abs=0.03)
    clipped = place.query_selector_all("img")[1].evaluate("one => one.style.clipPath")
    assert re.match(r"inset\(0(px)? (19|20|21)%", clipped)
    before = share()
    window.keyboard.press("ArrowLeft")  # the line has the focus
    assert share() < before


def test_the_dials_color_as_python_does(move: Callable) -> None:
    place = move(lambda: widgets.color_dials(PHOTO, AB))
    gray = np.round(255 * color.to_gray(PHOTO)) / 255
    for strength, saturation, temperature in ((100, 100, 0), (60, 250, -20)):
        set_slider(place, "strength (%)", strength)
        set_slider(place, "saturation (%)", saturation)
        set_slider(place, "temperature", temperature)
        expected = colorizer.add_color(gray, AB, strength / 100, saturation / 100, temperature)
        assert np.abs(drawn(place) - expected).max() <= 1.1 / 255


def test_the_temperature_makes_pythons_annealed_mean(move: Callable) -> None:
    place = move(lambda: widgets.annealing(PHOTO, LOGITS))
    gray = np.round(255 * color.to_gray(PHOTO)) / 255
    for percent in (30, 5, 300):
        set_slider(place, "temperature T (%)", percent)
        expected = colorizer.add_color(gray, bins.annealed_mean(LOGITS, percent / 100))
        difference = np.abs(drawn(place) - expected)
        assert difference.max() <= 2 / 255 and difference.mean() <= 0.5 / 255
        number = int(re.search(r"colorfulness (\d+)", said(place))[1])
        assert number == pytest.approx(metrics.colorfulness(expected), abs=1)


def described(photo: np.ndarray) -> np.ndarray:
    """Describe 32 x 32 places by the light around them: (1024, 24)."""
    light = photos.resize(photo, 32, 32).mean(axis=-1) - 0.5
    around = [np.roll(light, (y, x), (0, 1)) for y in range(-2, 2) for x in range(-3, 3)]
    rows = np.stack(around, axis=-1).reshape(1024, -1)
    return rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 0.1)


def test_a_place_looks_where_it_looks_in_python(move: Callable, window: Page) -> None:
    choices = {name: photos.hero(name, 128) for name in ("tulips", "castle", "bee")}
    place = move(lambda: widgets.ask_another(choices, described))
    assert faults(window) == []
    seen = {}
    for name, photo in choices.items():
        with Image.open(io.BytesIO(photos.to_jpeg(photo))) as image:
            seen[name] = np.asarray(image, np.float32) / 255

    def expect(photo: str, reference: str, y: int, x: int, T: float) -> None:
        shares = bins.shares(kept[photo] @ kept[reference].T, T)
        _, ab = color.split(photos.resize(choices[reference], 32, 32))
        taken = np.float32(shares @ ab.reshape(-1, 2)).reshape(32, 32, 2)
        views = [
            figures.asking(seen[photo], y, x),
            figures.looked_at(seen[reference], shares[32 * y + x]),
            colorizer.add_color(seen[photo], taken),
        ]
        for number, view in enumerate(views):
            off = np.abs(drawn(place, number) - view)
            assert off.mean() < 1 / 255 and np.percentile(off, 99.9) < 8 / 255, number
        most = shares[32 * y + x].max()
        assert f"Row {y + 1}, column {x + 1} of 32 asks." in said(place)
        assert float(re.search(r"([\d.]+)% of", said(place))[1]) == pytest.approx(100 * most, abs=1)

    rows = widgets._fewer_channels(np.stack([described(one) for one in choices.values()]))
    rows = np.clip(np.round(rows / widgets.STEP), -128, 127) * widgets.STEP
    kept = dict(zip(choices, rows, strict=True))
    expect("tulips", "castle", 16, 16, 0.1)
    set_slider(place, "temperature T (%)", 3)
    expect("tulips", "castle", 16, 16, 0.03)
    for name, chosen in (("photo", "bee"), ("reference", "tulips")):
        label = place.query_selector(f"label:text-is('{name}')")
        place.query_selector(f"#{label.get_attribute('for')}").select_option(chosen)
    expect("bee", "tulips", 16, 16, 0.03)
    board = place.query_selector(".board")
    board.focus()
    for key in ("ArrowUp", "ArrowUp", "ArrowLeft", "Shift+ArrowDown"):
        window.keyboard.press(key)
    expect("bee", "tulips", 18, 15, 0.03)
    box = board.bounding_box()
    board.click(position={"x": 0.99 * box["width"], "y": 0.26 * box["height"]})
    expect("bee", "tulips", 8, 31, 0.03)


def test_each_layer_has_its_page(move: Callable) -> None:
    network = networks.alpha_scaled()
    L = np.full((1, 32, 32, 1), 50, np.float32)
    place = move(lambda: widgets.feature_maps(network, L))
    shown = {}
    for layer in range(len(network.layers)):
        set_slider(place, "layer", layer)
        picture = place.query_selector("img")
        picture.evaluate("image => image.decode()")
        shown[picture.get_attribute("src")] = picture.get_attribute("alt")
    assert list(shown.values()) == [f"layer {i}" for i in range(len(network.layers))]


def test_votes_stay_in_the_page_until_a_download_that_python_reads(
    move: Callable, window: Page, tmp_path: Path
) -> None:
    names = ("bee", "cat", "crab", "horse")
    truths = {name: photos.hero(name, 32) for name in names}
    gray = {name: color.to_gray(photo) for name, photo in truths.items()}
    rounds = turing.deal(truths, {'the "gray", one': gray}, 4, seed=0)
    place = move(lambda: widgets.turing_test(rounds, "votes/me.csv"))
    download = place.query_selector("button:text-is('Download the votes')")
    assert "Round 1 of 4" in said(place) and download.is_disabled()
    assert faults(window) == []
    place.query_selector("button:text-is('real (r)')").click()
    assert "Round 2 of 4" in said(place)
    for key in ("x", "c", "r", "R", "c"):  # x is no answer, and the last comes too late
        window.keyboard.press(key)
    with window.expect_download() as saved:
        download.click()
    assert saved.value.suggested_filename == "votes.csv"
    saved.value.save_as(tmp_path / "votes" / "votes.csv")
    votes = turing.pool(tmp_path / "votes")
    assert votes == turing.judge(rounds, "rcrr")
    lines = [f"{way}: {share}" for way, share in turing.tally(votes).items()]
    assert said(place).splitlines() == lines
    fooled = [vote for vote in votes if vote.way != turing.REAL and vote.answer == turing.REAL]
    assert len(place.query_selector_all("figure img")) == len(fooled)
