"""The anatomy of the lessons, and lesson 02's hundred lines as a program of their own."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import keras
import nbformat
import numpy as np
import pytest
import tensorflow as tf

from helpers import (
    adversarial,
    bins,
    classifier,
    course,
    figures,
    networks,
    photos,
    training,
)

ROOT = Path(__file__).parent.parent
LESSONS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
EXERCISES = sorted((ROOT / "notebooks" / "exercises").glob("*.ipynb"))
SOLUTIONS = sorted((ROOT / "notebooks" / "solutions").glob("*.ipynb"))
NOTEBOOKS = [*LESSONS, *EXERCISES, *SOLUTIONS]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
REPOSITORY = PROJECT["urls"]["Repository"]
KNOWN_PLACES = {  # a new one is looked at by a person, and then added
    *["arxiv.org", "distill.pub", "doi.org", "github.com", "scikit-image.org"],
    *["colab.research.google.com", "research.google.com", "mybinder.org"],
}
TEXTS = [*NOTEBOOKS, ROOT / "README.md", ROOT / "notebooks" / "solutions" / "README.md"]
every_lesson = pytest.mark.parametrize("lesson", LESSONS, ids=lambda file: file.stem)
every_notebook = pytest.mark.parametrize("lesson", NOTEBOOKS, ids=lambda file: file.stem)


def cells(lesson: Path, kind: str) -> list[nbformat.NotebookNode]:
    return [one for one in nbformat.read(lesson, 4).cells if one.cell_type == kind]


def prose(lesson: Path) -> str:
    return "\n\n".join(cell.source for cell in cells(lesson, "markdown"))


def tagged(lesson: Path, tag: str) -> list[str]:
    return [one.source for one in cells(lesson, "code") if tag in one.metadata.get("tags", ())]


def test_there_are_lessons() -> None:
    assert [file.stem[:2] for file in LESSONS] == [f"{n:02}" for n in range(len(LESSONS))]
    assert len(LESSONS) >= 4


@every_notebook
def test_is_committed_without_outputs_and_widget_state(lesson: Path) -> None:
    notebook = nbformat.read(lesson, 4)
    nbformat.validate(notebook)
    assert "widgets" not in notebook.metadata
    for cell in cells(lesson, "code"):
        assert not cell.outputs and cell.execution_count is None


@every_lesson
def test_has_the_anatomy_of_a_lesson(lesson: Path) -> None:
    text = prose(lesson)
    assert len(re.findall(r"^# ", text, re.MULTILINE)) == 1
    for part in ("**You will**", "**Time:**", "**Before:**", "**Predict.**", "**What to see.**"):
        assert part in text
    for heading in ("## Try it", "## Summary"):
        assert f"\n{heading}\n" in text
    assert len(tagged(lesson, "opening-picture")) == 1


@every_lesson
def test_the_maps_tell_the_lessons_own_reading_time(lesson: Path) -> None:
    told = re.search(r"\*\*Time:\*\* (\d+) minutes of reading", prose(lesson))[1]
    for text in (prose(LESSONS[0]), (ROOT / "README.md").read_text("utf-8")):
        (row,) = re.findall(rf"^\| <img .*pictures/{lesson.stem}\.jpg.*$", text, re.MULTILINE)
        assert f"| {told} min |" in row


@every_lesson
def test_the_reading_time_is_that_of_its_words_and_cells(lesson: Path) -> None:
    told = int(re.search(r"\*\*Time:\*\* (\d+) minutes of reading", prose(lesson))[1])
    text = re.sub(r"\]\([^)]*\)|<[^>]*>|^\|.*$", "", prose(lesson), flags=re.MULTILINE)
    minutes = (
        len(text.split()) / 200 + len(cells(lesson, "code")) - 2
    )  # a cell with its figure: one
    assert abs(told - minutes) <= 3 and told <= 25


@every_notebook
def test_code_cells_are_short(lesson: Path) -> None:
    for cell in cells(lesson, "code"):
        lines = [line for line in cell.source.splitlines() if line.strip(" ()[]{},")]
        assert len([line for line in lines if not line.lstrip().startswith("#")]) <= 15, cell.id


@every_notebook
def test_starts_with_the_one_setup_cell_and_address(lesson: Path) -> None:
    setup, start = (cell.source for cell in cells(lesson, "code")[:2])
    assert setup == cells(LESSONS[0], "code")[0].source
    assert f'REPOSITORY = "{REPOSITORY}"' in setup
    assert start.splitlines()[-1] in ("course.start()", "course.start(on_drive=on_drive)")


@every_notebook
def test_badges_open_this_file(lesson: Path) -> None:
    path = lesson.relative_to(ROOT).as_posix().replace("/solutions/", "/exercises/")
    name = REPOSITORY.removeprefix("https://github.com/")
    text = prose(lesson)
    assert f"https://colab.research.google.com/github/{name}/blob/main/{path})" in text
    assert f"https://mybinder.org/v2/gh/{name}/main?urlpath=lab/tree/{path})" in text


@pytest.mark.parametrize("file", TEXTS, ids=lambda file: file.stem)
def test_links_and_pictures_lead_somewhere_and_have_alt_text(file: Path) -> None:
    text = file.read_text() if file.suffix == ".md" else prose(file)
    for alt, target in re.findall(r"!\[(.*?)\]\((\S+?)\)", text):
        assert alt, target
        assert target.startswith("https://") or (file.parent / target).exists(), target
    tags = re.findall(r"<img .*?>", text)
    for target, alt in (re.findall(r'src="(\S+)" width="\d+" alt="(.*?)"', tag)[0] for tag in tags):
        assert alt and (file.parent / target).exists(), target
    for target in re.findall(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)", text):
        assert target.startswith("https://") or (file.parent / target).exists(), target


@every_notebook
def test_pictures_in_the_text_are_files_below_the_lesson(lesson: Path) -> None:
    # JupyterLab shows these offline, GitHub too, and Colab while a lesson is opened from GitHub.
    # Colab shows no attachments (colabtools#3836) and no picture from a folder further up.
    assert not any(cell.get("attachments") for cell in nbformat.read(lesson, 4).cells)
    for target in re.findall(r'(?:!\[.*?\]\(|<img src=")([^\s")]+)', prose(lesson)):
        assert re.match(r"https://|pictures/", target), target


@pytest.mark.parametrize("file", TEXTS, ids=lambda file: file.stem)
def test_external_links_are_well_formed_and_lead_to_known_places(file: Path) -> None:
    text = file.read_text("utf-8") if file.suffix == ".md" else prose(file)
    for link in re.findall(r"https?://[^\s)>\"\]`]+", text):
        address = urlsplit(link)
        assert address.scheme == "https" and address.hostname in KNOWN_PLACES, link
        assert re.fullmatch(r"[\w/.,~%&=?#+@:-]*", address.path + address.query), link


@every_notebook
def test_speaks_plainly(lesson: Path) -> None:
    text = prose(lesson).replace("with just 100 lines", "")  # the article's own title
    assert not re.findall(r"\b(?:simply|just|obviously|of course|easily)\b", text, re.IGNORECASE)


def hundred_lines() -> str:
    return "\n".join(tagged(LESSONS[2], "the-100-lines"))


def test_the_article_fits_in_100_lines_and_uses_nothing_of_the_course() -> None:
    program = hundred_lines()
    assert len(program.splitlines()) <= 100
    assert "helpers" not in program
    assert "epochs = 1000\n" in program


def test_the_100_lines_color_a_photo_on_their_own(tmp_path: Path) -> None:
    photos.save(photos.hero("coffee"), tmp_path / "photo.jpg")
    program = hundred_lines().replace("epochs = 1000\n", "epochs = 100\n")
    (tmp_path / "program.py").write_text(program)
    environment = {**os.environ, "PYTHONPATH": "", "TF_CPP_MIN_LOG_LEVEL": "3"}
    run = subprocess.run(
        [sys.executable, "program.py"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    loss = float(re.search(r"^loss: (\S+)$", run.stdout, re.MULTILINE)[1])
    truth = photos.square(photos.load(tmp_path / "photo.jpg"), 400)
    result = photos.load(tmp_path / "img_result.png")
    gray = photos.load(tmp_path / "img_gray_scale.png")
    assert result.shape == gray.shape == (400, 400, 3)
    assert np.ptp(gray, axis=-1).max() == 0
    assert np.ptp(result, axis=-1).mean() > 0.05  # it has color ...
    assert np.mean((result - truth) ** 2) < np.mean((gray - truth) ** 2)  # ... and the right ones
    assert 0 < loss < 0.0714  # the loss of the gray photo


def test_the_lesson_and_the_helpers_build_the_same_network() -> None:
    build = next(cell for cell in tagged(LESSONS[2], "the-100-lines") if "Sequential()" in cell)
    scope: dict = {"Y": np.zeros(1)}
    exec("import keras\nfrom keras import layers\n" + build, scope)

    assert layers_of(scope["model"]) == layers_of(networks.alpha())


def test_lesson_02_and_the_helpers_train_the_same_quick_network() -> None:
    scope: dict = {"keras": keras, "layers": keras.layers, "networks": networks, "course": course}
    for tag in ("the-quick-network", "the-quick-recipe"):
        exec(tagged(LESSONS[2], tag)[0], scope)
    helpers, without = networks.alpha_scaled(), ("name", "kernel_initializer", "dtype")
    L = np.zeros((1, 8, 8, 1), np.float32)
    training.fit_quick(helpers, L, np.zeros((1, 8, 8, 2), np.float32), scope["steps"])
    assert layers_of(scope["quick"], without) == layers_of(helpers, without)
    for name in ("loss", "steps_per_execution"):
        assert getattr(scope["quick"], name) == getattr(helpers, name)
    optimizers = [model.optimizer.get_config() for model in (scope["quick"], helpers)]
    assert {**optimizers[0], "name": "adam"} == {**optimizers[1], "name": "adam"}


def layers_of(model: object, without: tuple[str, ...] = ("name",)) -> list[dict]:
    configs = [layer.get_config() for layer in model.layers]
    return [{k: v for k, v in config.items() if k not in without} for config in configs]


def test_lesson_06_and_the_helpers_build_the_same_networks() -> None:
    scope: dict = {"figures": figures}
    for tag in ("the-beta-network", "the-unet"):
        for source in tagged(LESSONS[6], tag):
            exec(source, scope)
    without = ("name", "kernel_initializer", "dtype")
    assert layers_of(scope["beta"], without) == layers_of(networks.beta(), without)
    unet = [one for one in networks.unet().layers if type(one).__name__ != "SpatialDropout2D"]
    assert layers_of(scope["unet"], without) == layers_of(SimpleNamespace(layers=unet), without)


def test_lesson_11_and_the_helpers_build_the_same_network() -> None:
    scope: dict = {"keras": keras, "centers": bins.CENTERS}
    for source in tagged(LESSONS[11], "the-chooser"):
        exec("from keras import layers\n" + source, scope)
    without = ("name", "kernel_initializer", "dtype")
    layers = networks.vivid_logits().layers
    plain = [one for one in layers if type(one).__name__ != "SpatialDropout2D"]
    ours = layers_of(SimpleNamespace(layers=plain), without)
    assert layers_of(scope["vivid_logits"](), without) == ours


def test_lesson_13_and_the_helpers_build_the_same_network() -> None:
    import_keras = "import keras\nfrom keras import layers\n"
    scope: dict = {}
    for tag in ("the-full-version", "the-fusion"):
        for source in tagged(LESSONS[13], tag):
            exec(import_keras + source, scope)
    assert scope["full"].count_params() == 6_541_202  # the article's own notebook
    without = ("name", "kernel_initializer", "dtype")
    fusion = [one for one in networks.fusion().layers if "Dropout" not in type(one).__name__]

    def kinds(layers: list) -> list[str]:
        described = layers_of(SimpleNamespace(layers=layers), without)
        return sorted(
            f"{type(one).__name__} {of}" for one, of in zip(layers, described, strict=True)
        )

    assert kinds(scope["fusion"]().layers) == kinds(fusion)


def test_lesson_15_and_the_helpers_play_the_same_game() -> None:
    scope: dict = {"keras": keras, "layers": keras.layers, "ops": keras.ops, "tf": tf}
    for tag in ("the-critic", "two-losses", "take-turns", "a-duel"):
        exec(tagged(LESSONS[15], tag)[0], scope)
    L = np.linspace(0, 100, 2 * 32 * 32, dtype=np.float32).reshape(2, 32, 32, 1)
    ab = np.concatenate([L, -L], axis=-1) / 200
    played = []
    for duel, critic in ((scope["Duel"], scope["critic"]), (adversarial.Duel, networks.critic)):
        keras.utils.set_random_seed(0)
        one = duel(networks.unet(width=4), critic(width=8))
        one.compile()
        one.fit(L, ab, batch_size=2, epochs=3, shuffle=False, verbose=0)
        played.append([*one.painter.get_weights(), *one.critic.get_weights()])
    for lesson, helper in zip(*played, strict=True):
        np.testing.assert_allclose(lesson, helper, atol=1e-6)


def test_lesson_14_and_the_helpers_build_the_same_network(random: np.random.Generator) -> None:
    scope: dict = {"bins": bins, "classifier": classifier, "networks": networks}
    for source in tagged(LESSONS[14], "the-way-up"):
        exec(source, scope)
    helpers, lesson = networks.pretrained_logits(), scope["chooser"](classifier.encoder())
    weights = [one + random.uniform(0, 0.01, one.shape) for one in helpers.get_weights()]
    for network in (helpers, lesson):  # the zeros with which the helpers begin would hide much
        network.set_weights(weights)
    L = random.uniform(0, 100, (1, 64, 96, 1))
    np.testing.assert_allclose(lesson(L), helpers(L), atol=1e-4)
