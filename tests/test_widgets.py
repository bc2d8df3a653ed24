"""Sliders, buttons, uploads: each does what a person's hand expects, in ipywidgets 7 and 8."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import ipywidgets
import numpy as np
import pytest
from IPython.display import HTML
from keras import ops

from helpers import bins, classifier, color, hints, networks, photos, turing, widgets

PHOTO = photos.hero("castle", 32)
WIDGETS = {
    "before_after": lambda: widgets.before_after(PHOTO * 0, PHOTO),
    "lab_explorer": lambda: widgets.lab_explorer(PHOTO),
    "lab_mixer": widgets.lab_mixer,
    "feature_maps": lambda: widgets.feature_maps(
        networks.alpha_scaled(), np.full((1, 32, 32, 1), 50, np.float32)
    ),
    "annealing": lambda: widgets.annealing(
        PHOTO, np.random.default_rng(0).normal(0, 4, (8, 8, len(bins.CENTERS)))
    ),
    "color_dials": lambda: widgets.color_dials(PHOTO, color.split(PHOTO)[1]),
}
CHOICES = {"castle": PHOTO, "mirrored": PHOTO[:, ::-1], "dark": PHOTO / 2}


@pytest.mark.parametrize("name", WIDGETS)
def test_every_slider_changes_the_picture(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    *sliders, picture = shown(WIDGETS[name], monkeypatch)
    assert bytes(picture.value).startswith(b"\x89PNG")
    for slider in sliders:
        before = bytes(picture.value)
        slider.value = slider.max - 3
        assert bytes(picture.value) != before, slider.description


def described_by_light(photo: np.ndarray) -> np.ndarray:
    """Describe 8 x 8 places so that those are alike that are as light: (64, 2)."""
    light = 3 * photos.resize(photo, 8, 8).mean(axis=-1).reshape(-1, 1)
    return np.concatenate([np.cos(light), np.sin(light)], axis=1)


def ask_another() -> None:
    widgets.ask_another(CHOICES, described_by_light)


def test_a_photo_its_reference_and_a_place_are_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    photo, reference, *sliders, picture = shown(ask_another, monkeypatch)
    assert (photo.value, reference.value) == ("castle", "mirrored")
    for control, value in ((photo, "dark"), (reference, "castle"), *((one, 5) for one in sliders)):
        before = bytes(picture.value)
        control.value = value
        assert bytes(picture.value) != before, control.description


def shown(show: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> list[ipywidgets.Widget]:
    """Return the parts of the box that a widget function displays."""
    boxes: list[ipywidgets.VBox] = []
    monkeypatch.setattr(widgets, "display", boxes.append)
    show()
    return list(boxes[0].children)


@pytest.mark.parametrize("show", [*WIDGETS.values(), ask_another], ids=[*WIDGETS, "ask_another"])
def test_in_the_book_data_for_javascript_stand_in_its_place(
    show: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_BOOK", "1")
    made: list[HTML] = []
    monkeypatch.setattr(widgets, "display", made.append)
    show()
    [module, data] = re.search(r'data-module="(\w+)".*?json">(.*)</script>', made[0].data).groups()
    code = (widgets.JAVASCRIPT / f"{module}.js").read_text("utf-8")
    taken = re.search(r"function fill\(place(?:, \{ (.*) \})?\)", code)[1] or ""
    assert sorted(json.loads(data)) == sorted(taken.split(", ") if taken else [])


@pytest.mark.parametrize(
    "show",
    [
        lambda: widgets.hint_dots(PHOTO, {"Levin": hints.levin}),
        lambda: widgets.upload(lambda photo: photo),
    ],
    ids=["hint_dots", "upload"],
)
def test_in_the_book_dots_and_uploads_lead_to_the_page_that_colors_photos(
    show: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COURSE_BOOK", "1")
    made: list[HTML] = []
    monkeypatch.setattr(widgets, "display", made.append)
    show()
    assert 'href="../color_a_photo.html"' in made[0].data


def test_few_channels_of_what_the_eye_sees_hold_where_a_place_looks() -> None:
    eye, rows = classifier.encoder(), []
    for name in ("kitten", "cat", "tulips", "castle"):
        maps = eye(color.to_gray(photos.hero(name, 256))[None])
        each = [np.reshape(ops.image.resize(one, (32, 32)), (1024, -1)) for one in maps[1:]]
        each = [one - one.mean(axis=0) for one in each]
        each = [one / np.linalg.norm(one, axis=1, keepdims=True) for one in each]
        rows.append(np.concatenate(each, axis=1))
    few = np.round(widgets._fewer_channels(np.stack(rows)) / widgets.STEP) * widgets.STEP
    assert few.shape == (4, 1024, widgets.CHANNELS)
    whole, short = (bins.shares(some[0] @ some[1].T, 0.1) for some in (rows, few))
    assert np.mean(np.abs(whole - short).sum(axis=1) / 2) < 0.15


def test_a_large_photo_is_shown_small() -> None:
    assert widgets._shrunk(np.zeros((1000, 2000, 3), np.float32)).shape == (320, 640, 3)
    assert widgets._shrunk(PHOTO).shape == PHOTO.shape


def uploaded_in_7(name: str, content: bytes) -> dict:
    return {name: {"metadata": {"name": name, "size": len(content)}, "content": content}}


def uploaded_in_8(name: str, content: bytes) -> tuple:
    return ({"name": name, "size": len(content), "content": memoryview(content)},)


@pytest.mark.parametrize("version", [uploaded_in_7, uploaded_in_8])
def test_both_versions_of_an_upload_are_understood(version: Callable) -> None:
    assert widgets._uploaded(version("a.jpg", b"xyz")) == [("a.jpg", b"xyz")]


class Upload:
    """The upload widget, and a photo that a person chooses in it."""

    def __init__(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, show: Callable | None = None
    ) -> None:
        show = show or (lambda: widgets.upload(lambda photo: photo * 0.5, folder))
        self.button, self.said, self.shown = shown(show, monkeypatch)

    def choose(self, name: str, content: bytes) -> None:
        """Hand a file to the button in the form that its own version has."""
        new = int(ipywidgets.__version__.split(".")[0]) >= 8
        value = uploaded_in_8(name, content) if new else uploaded_in_7(name, content)
        self.button.notify_change({"name": "value", "new": value, "type": "change"})


def test_an_uploaded_photo_is_kept_and_colored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = Upload(tmp_path / "mine", monkeypatch)
    upload.choose("castle.jpg", photos.to_jpeg(PHOTO))
    assert photos.load(tmp_path / "mine" / "castle.jpg").shape == PHOTO.shape
    assert "32 x 32" in upload.said.value
    slider, picture = upload.shown.children[0].children
    before = bytes(picture.value)
    slider.value = 80
    assert bytes(picture.value) != before


def test_an_uploaded_photo_takes_dots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    ways = {"way": lambda photo, dots: seen.append(dots) or photo}
    show = lambda: widgets.upload(lambda photo: photo, tmp_path, ways)  # noqa: E731
    upload = Upload(tmp_path, monkeypatch, show)
    upload.choose("castle.jpg", photos.to_jpeg(PHOTO))
    _, dotted = upload.shown.children
    dotted.children[0].dots = [[0.2, 0.8, "#00ff00"]]
    assert seen == [[], [hints.Dot(0.2, 0.8, (0, 1, 0))]]
    upload.choose("castle-again.jpg", photos.to_jpeg(1 - PHOTO))
    assert upload.shown.children[1].children[0].dots == []  # another photo, no dots yet


def test_a_bad_upload_gets_a_sentence_and_the_next_one_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = Upload(tmp_path, monkeypatch)
    upload.choose("broken.jpg", photos.to_jpeg(PHOTO)[:300])
    assert "broken.jpg is damaged or cut short" in upload.said.value
    assert upload.shown.children == ()
    upload.choose("good.jpg", photos.to_jpeg(PHOTO))
    assert upload.shown.children


@pytest.mark.parametrize("name", ["../../evil.jpg", "..\\..\\evil.jpg", "/tmp/evil.jpg"])
def test_an_upload_stays_in_its_folder(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Upload(tmp_path / "mine", monkeypatch).choose(name, photos.to_jpeg(PHOTO))
    assert [file.name for file in tmp_path.rglob("*.jpg")] == ["evil.jpg"]
    assert (tmp_path / "mine" / "evil.jpg").exists()


def test_the_limit_is_said_before_anything_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = Upload(tmp_path / "mine", monkeypatch).said.value
    assert f"at most {widgets.UPLOAD} MB" in said and str(tmp_path / "mine") in said


def test_a_name_does_not_become_part_of_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = Upload(tmp_path, monkeypatch)
    for content in (photos.to_jpeg(PHOTO), b"no photo"):
        upload.choose("<img src=x onerror=alert(1)>.jpg", content)
        assert "&lt;img src=x onerror=alert(1)&gt;" in upload.said.value
        assert "<" not in upload.said.value


def test_two_photos_of_one_name_are_both_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = Upload(tmp_path, monkeypatch)
    contents = [photos.to_jpeg(PHOTO), photos.to_jpeg(1 - PHOTO)]
    for content in (*contents, contents[0]):  # the first one once more
        upload.choose("image.jpg", content)
    kept = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert kept == {"image.jpg": contents[0], "image-2.jpg": contents[1]}


def test_a_photo_that_cannot_be_kept_gets_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine").write_text("a file, no folder")
    upload = Upload(tmp_path / "mine", monkeypatch)
    upload.choose("a.jpg", photos.to_jpeg(PHOTO))
    assert "a.jpg cannot be kept in the folder" in upload.said.value
    assert "File exists" in upload.said.value and upload.shown.children == ()


@pytest.mark.parametrize("shape", [(1, 3000), (3000, 1), (1, 1)])
def test_a_photo_of_any_shape_is_colored(
    shape: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = Upload(tmp_path, monkeypatch)
    upload.choose("odd.jpg", photos.to_jpeg(np.full((*shape, 3), 0.5, np.float32)))
    assert f"{shape[1]} x {shape[0]}" in upload.said.value and upload.shown.children


class TuringTest:
    """The Turing test on four photos, and its parts by name."""

    def __init__(self, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        truths = {name: photos.hero(name, 32) for name in ("bee", "cat", "crab", "horse")}
        gray = {name: color.to_gray(photo) for name, photo in truths.items()}
        self.rounds = turing.deal(truths, {"net": gray}, 4, seed=0)
        show = lambda: widgets.turing_test(self.rounds, file)  # noqa: E731
        self.said, self.picture, buttons = shown(show, monkeypatch)
        self.real, self.colored, self.typed = buttons.children


def test_clicks_and_keys_answer_and_every_vote_is_saved_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "votes" / "me.csv"
    test = TuringTest(file, monkeypatch)
    assert "Round 1 of 4" in test.said.value
    for i, answer in enumerate((test.real.click, test.colored.click)):
        before = bytes(test.picture.value)
        answer()
        assert bytes(test.picture.value) != before
        assert len(turing.pool(file.parent)) == i + 1
    test.typed.value = "x"  # no answer
    assert "Round 3 of 4" in test.said.value
    test.typed.value = "c"
    assert test.typed.value == ""
    test.typed.value = "R"
    votes = turing.pool(file.parent)
    assert [vote.answer for vote in votes] == ["real", "colored", "colored", "real"]
    assert [vote[:2] for vote in votes] == [one[:2] for one in test.rounds]
    for way, share in turing.tally(votes).items():
        assert f"<b>{way}</b>: {share}" in test.said.value
    test.real.click()  # after the last round nothing more happens
    assert len(turing.pool(file.parent)) == 4


class Dots:
    """A photo with dots, their parts by name, and what a way to spread them has seen."""

    def __init__(self, dots: list[hints.Dot], monkeypatch: pytest.MonkeyPatch) -> None:
        self.seen: list[list[hints.Dot]] = []
        show = lambda: widgets.hint_dots(PHOTO, {"way": self.way, "other": hints.levin}, dots)  # noqa: E731
        self.board, self.sliders, self.said, self.results = shown(show, monkeypatch)
        self.x, self.y, buttons, self.marked = self.sliders.children
        self.picker, self.add, self.undo = buttons.children

    def way(self, photo: np.ndarray, dots: list[hints.Dot]) -> np.ndarray:
        self.seen.append(list(dots))
        return np.full_like(photo, 0.1 * len(dots))


def test_dots_are_set_by_clicks(monkeypatch: pytest.MonkeyPatch) -> None:
    test = Dots([hints.Dot(0.5, 0.5, (1, 0, 0))], monkeypatch)
    assert bytes(test.board.photo).startswith(b"\x89PNG")
    assert test.board.dots == [[0.5, 0.5, "#ff0000"]] and len(test.seen) == 1
    before = bytes(test.results.value)
    test.board.dots = [[0.5, 0.5, "#ff0000"], [0.2, 0.8, "#00ff00"]]  # what a click sends
    assert test.seen[-1] == [hints.Dot(0.5, 0.5, (1, 0, 0)), hints.Dot(0.2, 0.8, (0, 1, 0))]
    assert bytes(test.results.value) != before


def test_without_a_dot_a_way_that_needs_one_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    test = Dots([], monkeypatch)
    assert test.seen == [[]] and bytes(test.results.value)
    assert "other: There are no dots" in test.said.value
    test.board.dots = [[0.5, 0.5, "#ff0000"]]
    assert test.said.value == ""


def test_without_a_dot_nothing_is_shown_that_needs_one(monkeypatch: pytest.MonkeyPatch) -> None:
    show = lambda: widgets.hint_dots(PHOTO, {"Levin": hints.levin})  # noqa: E731
    board, _, said, results = shown(show, monkeypatch)
    for dots in ([], [[0.5, 0.5, "#ff0000"]], []):
        board.dots = dots
        assert bool(results.value) == bool(dots)
        assert (results.layout.display == "none") != bool(dots)


def test_sliders_set_dots_until_a_click_can(monkeypatch: pytest.MonkeyPatch) -> None:
    start = [hints.Dot(0.5, 0.5, (1, 0, 0))]
    test = Dots(start, monkeypatch)
    pictures = [bytes(test.marked.value), bytes(test.results.value)]
    test.x.value, test.y.value, test.picker.value = 20, 80, "#00ff00"
    assert bytes(test.marked.value) != pictures[0]  # the cross moves
    assert bytes(test.results.value) == pictures[1] and len(test.seen) == 1
    test.add.click()
    assert test.seen[-1] == [*start, hints.Dot(0.2, 0.8, (0, 1, 0))]
    assert bytes(test.results.value) != pictures[1]
    test.undo.click()
    assert test.seen[-1] == start
    assert bytes(test.results.value) == pictures[1]
    test.undo.click()
    assert test.seen[-1] == [] and test.undo.disabled
    test.undo.click()  # none is left
    assert test.sliders.layout.display is None
    test.board.shown = True
    assert test.sliders.layout.display == "none"
