import csv
import io
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from helpers import color, datasets, photos


def jpeg(photo: np.ndarray) -> bytes:
    file = io.BytesIO()
    photos.to_image(photo).save(file, "JPEG", quality=95)
    return file.getvalue()


def flat(rgb: np.ndarray | tuple, height: int = 24, width: int = 24) -> np.ndarray:
    return np.broadcast_to(np.float32(rgb), (height, width, 3))


# ---- folder ----


def test_folder_lists_images_in_order(tmp_path: Path) -> None:
    images = ["B.PNG", "a.jpg", "c/a.JpEg", "c/d/a.tiff", "c/e f/ü.webp"]
    others = [".a.jpg", "c/._a.jpg", "a.txt", "a.jpg.part", "jpg", "c/labels.csv"]
    for name in [*images, *others]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "folder.jpg").mkdir()
    found = datasets.folder(tmp_path)
    assert [file.relative_to(tmp_path).as_posix() for file in found] == images
    assert datasets.folder(str(tmp_path)) == datasets.folder(tmp_path)


def test_folder_names_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(datasets.DatasetError, match=r"no folder .*nowhere: check its name\.$"):
        datasets.folder(tmp_path / "nowhere")


def test_folder_says_that_there_are_no_images(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(datasets.DatasetError, match=r"holds no images: put JPEG or PNG .*\.$"):
        datasets.folder(tmp_path)


# ---- clean ----


@pytest.fixture(scope="module")
def views() -> list[np.ndarray]:
    """Return three different color photos of some 160 x 240 pixels."""
    return [photos.load(file) for file in datasets.outdoors()[:240:80]]


def test_clean_keeps_the_photos_of_the_course() -> None:
    files = datasets.outdoors()
    assert len(files) > 200
    kept, removed = datasets.clean(files)
    assert {file.name for file in removed} <= {"es_mountain18_harro.jpg"}  # snow in one tint
    assert sorted([*kept, *removed]) == files


def sepia(photo: np.ndarray) -> np.ndarray:
    """Tint a photo as photo editors do."""
    mix = [[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]]
    return photo @ np.float32(mix).T


def one_tint(photo: np.ndarray) -> np.ndarray:
    L = 25 + color.split(photo)[0] / 2
    return color.join(L, np.broadcast_to(np.float32([6, 16]), (*L.shape[:2], 2)))


def cut_out(photo: np.ndarray) -> np.ndarray:
    height, width = photo.shape[:2]
    return np.pad(photo, ((height // 4,) * 2, (width // 4,) * 2, (0, 0)), constant_values=1)


def under_light(photo: np.ndarray, light: tuple[float, float, float]) -> np.ndarray:
    """Light a photo in one color: with linear light, what shines back is the light's color."""
    return (color.to_gray(photo) ** 2.2 * np.float32(light)) ** (1 / 2.2)


VIOLET_LIGHT, LAWN = (0.35, 0.08, 1.0), (0.25, 0.5, 0.05)
ORANGE, SUNSET, TULIPS = (1.0, 0.3, 0.02), (1.0, 0.6, 0.15), (0.8, 0.02, 0.04)


def old_paper(photo: np.ndarray) -> np.ndarray:
    """Print a photo in gray on yellow paper with a stain, which alone is no single tint."""
    L = color.split(photo)[0]
    ab = np.broadcast_to(np.float32([-0.5, 16]), (*L.shape[:2], 2)).copy()
    ab[:, : L.shape[1] // 8] += [0.5, 6]
    return color.join(L, ab)


def drawing(ground: str = "white", pen: str = "black", width: int = 3) -> np.ndarray:
    """Draw houses in a few inks."""
    image = Image.new("RGB", (200, 160), ground)
    draw = ImageDraw.Draw(image)
    for x in range(10, 200, 24):
        draw.rectangle((x, 30, x + 16, 140), "red" if x % 48 < 24 else "gold", pen, width)
        for y in range(40, 130, 16):
            draw.rectangle((x + 5, y, x + 10, y + 8), ground, pen)
    return np.asarray(image, np.float32) / 255


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        pytest.param(lambda photo: b"Dear diary", "cannot be read", id="corrupt"),
        pytest.param(lambda photo: jpeg(photo)[:-2000], "cannot be read", id="truncated"),
        pytest.param(partial(photos.resize, height=95, width=140), "too small: 140 x 95"),
        pytest.param(partial(photos.resize, height=140, width=95), "too small: 95 x 140"),
        (color.to_gray, "gray, or of one tint"),
        (one_tint, "gray, or of one tint"),
        (cut_out, "mostly white"),
        pytest.param(partial(under_light, light=VIOLET_LIGHT), "lit in one color", id="stage"),
        (old_paper, "like sepia"),
        pytest.param(lambda photo: drawing(), "a drawing, or a print", id="drawing"),
        pytest.param(
            lambda photo: drawing("lightblue", "navy"), "a drawing, or a print", id="poster"
        ),
    ],
)
def test_clean_says_why_a_photo_goes(
    tmp_path: Path, views: list, spoil: Callable, reason: str
) -> None:
    good, bad = tmp_path / "good.jpg", tmp_path / "bad.jpg"
    photos.save(views[1], good)
    spoiled = spoil(views[0])
    bad.write_bytes(spoiled if isinstance(spoiled, bytes) else jpeg(spoiled))
    assert datasets.clean([bad, good]) == ([good], {bad: reason})


@pytest.mark.parametrize("light", [LAWN, ORANGE, SUNSET, TULIPS])
def test_clean_keeps_what_has_one_hue_by_nature(
    tmp_path: Path, views: list, light: tuple[float, float, float]
) -> None:
    scene = 0.8 * under_light(views[0], light) + 0.2 * views[0]
    photos.save(scene, tmp_path / "photo.jpg")
    files = datasets.folder(tmp_path)
    assert datasets.clean(files) == (files, {})


def test_clean_keeps_a_photo_on_flat_ground(tmp_path: Path, views: list) -> None:
    plate = np.pad(views[0], ((30, 30), (30, 30), (0, 0)), constant_values=0.8)
    photos.save(plate, tmp_path / "plate.jpg")
    files = datasets.folder(tmp_path)
    assert datasets.clean(files) == (files, {})


def test_clean_keeps_half_a_photo_of_violet(tmp_path: Path, views: list) -> None:
    photo = views[1].copy()
    photo[: len(photo) // 2] = under_light(views[1], VIOLET_LIGHT)[: len(photo) // 2]
    photos.save(photo, tmp_path / "photo.jpg")
    files = datasets.folder(tmp_path)
    assert datasets.clean(files) == (files, {})


def test_clean_knows_most_photos_in_sepia(tmp_path: Path) -> None:
    for number, file in enumerate(datasets.outdoors()[::10]):
        photos.save(sepia(photos.load(file)), tmp_path / f"{number}.jpg")
    files = datasets.folder(tmp_path)
    assert len(datasets.clean(files)[0]) <= len(files) / 5


def test_clean_keeps_a_photo_that_is_just_large_enough(tmp_path: Path, views: list) -> None:
    photos.save(photos.resize(views[0], 96, 120), tmp_path / "enough.jpg")
    photos.save(photos.resize(views[1], 95, 120), tmp_path / "less.jpg")
    enough, less = datasets.folder(tmp_path)
    assert datasets.clean([enough, less]) == ([enough], {less: "too small: 120 x 95"})


@pytest.fixture
def copies(tmp_path: Path, views: list) -> list[Path]:
    """Write each photo at three sizes as JPEGs of low quality; the largest is in the middle."""
    for number, photo in enumerate(views):
        for letter, height in zip("abc", (100, 150, 120), strict=True):
            width = round(height * photo.shape[1] / photo.shape[0])
            image = photos.to_image(photos.resize(photo, height, width))
            image.save(tmp_path / f"{number}{letter}.jpg", quality=60)
    return datasets.folder(tmp_path)


def test_clean_keeps_the_largest_of_several_copies(copies: list[Path]) -> None:
    kept, removed = datasets.clean(copies)
    assert [file.name for file in kept] == ["0b.jpg", "1b.jpg", "2b.jpg"]
    assert {file.name: why for file, why in removed.items()} == {
        f"{number}{letter}.jpg": f"looks like {number}b.jpg" for number in "012" for letter in "ac"
    }


def test_clean_does_not_care_for_the_order_of_files(
    copies: list[Path], random: np.random.Generator
) -> None:
    expected = datasets.clean(copies)
    assert datasets.clean(copies[::-1]) == expected
    assert datasets.clean([copies[i] for i in random.permutation(len(copies))]) == expected


def test_clean_does_not_care_for_the_order_of_equal_copies(tmp_path: Path, views: list) -> None:
    for name in "ab":
        photos.save(views[0], tmp_path / f"{name}.jpg")
    files = datasets.folder(tmp_path)
    assert datasets.clean(files[::-1]) == datasets.clean(files)


def test_clean_of_nothing() -> None:
    assert datasets.clean([]) == ([], {})


# ---- split ----

MANY = [Path("photos") / f"IMG_{number}.jpg" for number in range(4000)]


def test_split_deals_every_file_to_one_part() -> None:
    parts = datasets.split(MANY)
    assert sorted([*parts.train, *parts.validation, *parts.test]) == sorted(MANY)
    shares = [len(part) / len(MANY) for part in parts]
    np.testing.assert_allclose(shares, [0.8, 0.1, 0.1], atol=0.02)


def test_split_moves_no_file_when_others_come() -> None:
    for few, many in zip(datasets.split(MANY[3000:]), datasets.split(MANY), strict=True):
        assert few == [file for file in many if file in set(MANY[3000:])]


def test_split_does_not_care_for_folder_and_suffix() -> None:
    copies = [Path("scaled") / str(number % 7) / f"{f.stem}.PNG" for number, f in enumerate(MANY)]
    for part, same in zip(datasets.split(MANY), datasets.split(copies), strict=True):
        assert [file.stem for file in part] == [file.stem for file in same]


def test_split_is_the_same_on_every_computer() -> None:
    parts = datasets.split(MANY[:20])
    assert [file.stem for file in parts.validation] == ["IMG_9"]
    assert [file.stem for file in parts.test] == ["IMG_6", "IMG_11"]


def course_subjects() -> dict[Path, str]:
    with open(photos.DATA / "credits.csv", encoding="utf-8", newline="") as table:
        return {photos.FOLDER / row["file"]: row["subject"] for row in csv.DictReader(table)}


def test_split_shows_no_subject_on_two_sides() -> None:
    subjects = course_subjects()
    parts = datasets.split(subjects)
    train, validation, test = ({subjects[file] for file in part} for part in parts)
    assert not train & validation
    assert not train & test
    assert not validation & test


@pytest.mark.parametrize(
    ("subject", "stems"),
    [
        ("neuschwanstein", {"castle", "details_neuschwanstein"}),
        ("eiffel tower", {"categori_eiffeltower", "details_toureiffel", "monument_eiffeltower"}),
        ("statue of liberty", {"categori_statueofliberty", "monument_statueofliberty"}),
    ],
)
def test_split_keeps_a_building_on_one_side(subject: str, stems: set[str]) -> None:
    files = [file for file, name in course_subjects().items() if name == subject]
    assert {file.stem for file in files} == stems
    assert files in list(datasets.split(files))


def test_split_keeps_for_testing_what_the_course_shows() -> None:
    files = [file for file in course_subjects() if "outdoors" not in file.parts]
    assert {file.parent.name for file in files} >= {"heroes", "historic", "people", "tulips"}
    assert datasets.split(files) == ([], [], files)


def test_split_leaves_enough_to_judge_by() -> None:
    train, validation, test = datasets.split(datasets.outdoors())
    assert len(train) > 180
    assert len(validation) >= 20
    assert len(test) >= 20


def test_split_knows_copies_of_the_photos_of_the_course(monkeypatch: pytest.MonkeyPatch) -> None:
    files = list(course_subjects())
    copies = [Path("scaled", *file.parts[-2:]).with_suffix(".png") for file in files]
    for part, same in zip(datasets.split(files), datasets.split(copies), strict=True):
        assert [file.stem for file in part] == [file.stem for file in same]
    monkeypatch.chdir(photos.FOLDER / "outdoors" / "monuments")
    castle = [Path("details_neuschwanstein.jpg")]
    assert datasets.split(castle).test == castle


def test_split_takes_a_file_elsewhere_by_its_name_alone() -> None:
    names = [file.stem for file in course_subjects()] + list(course_subjects().values())
    parts = datasets.split(Path("mine") / f"{name}.jpg" for name in names)
    assert len(parts.train) > 0.6 * len(names)
    assert Path("mine/castle.jpg") in parts.train


def test_hidden_folders_are_left_out(tmp_path: Path) -> None:
    (tmp_path / ".thumbnails").mkdir()
    for name in ("a.jpg", ".thumbnails/a.jpg"):
        photos.save(np.zeros((4, 4, 3)), tmp_path / name)
    assert datasets.folder(tmp_path) == [tmp_path / "a.jpg"]
