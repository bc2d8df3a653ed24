"""The lessons in JupyterLab: all cells run, and every widget is used as a person uses it."""

import base64
import csv
import inspect
import io
import re
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from conftest import PHONE, ROOT
from PIL import Image
from playwright.sync_api import ElementHandle, Page

from helpers import metrics, widgets

FILES = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
EXERCISES = ROOT / "notebooks" / "exercises"
if EXERCISES.exists():
    FILES.append(sorted(EXERCISES.glob("*.ipynb"))[0])
PATIENCE = 60  # seconds that a picture may take to change


class Cell:
    """A cell on the screen, with the widgets that it shows."""

    def __init__(self, page: Page, node: ElementHandle, code: str, folder: Path) -> None:
        self.page, self.node, self.code, self.folder = page, node, code, folder

    def picture(self, number: int = 0) -> np.ndarray:
        """Return a picture that the widgets change, RGB in 0..1; black where it is empty yet."""
        image = self.node.query_selector_all(".widget-image")[number]
        content = image.evaluate(
            """async image => {
                const blob = await (await fetch(image.src)).blob();
                const bytes = new Uint8Array(await blob.arrayBuffer());
                return btoa(bytes.reduce((text, byte) => text + String.fromCharCode(byte), ""));
            }"""
        )
        if not content:
            return np.zeros((1, 1, 3), np.float32)
        shown = Image.open(io.BytesIO(base64.b64decode(content)))
        return np.asarray(shown.convert("RGB"), np.float32) / 255

    def text(self) -> str:
        return self.node.query_selector(".jp-Cell-outputArea").inner_text()

    def slide(self, slider: int, share: float) -> None:
        """Drag the handle of a slider to a share of its way."""
        row = self.node.query_selector_all(".widget-slider")[slider]
        row.scroll_into_view_if_needed()
        handle = row.query_selector(".noUi-handle").bounding_box()
        way = row.query_selector(".noUi-base").bounding_box()
        y = handle["y"] + handle["height"] / 2
        self.page.mouse.move(handle["x"] + handle["width"] / 2, y)
        self.page.mouse.down()
        self.page.mouse.move(way["x"] + share * way["width"], y, steps=5)
        self.page.mouse.up()

    def click(self, label: str) -> None:
        self.node.query_selector(f"button:has-text('{label}')").click()

    def after(self, deed: Callable[[], None], number: int = 0) -> np.ndarray:
        """Return the picture that a deed changes the present one into."""
        before = self.picture(number)
        deed()
        self.wait(
            lambda: not np.array_equal(self.picture(number), before), "the picture is as before"
        )
        return self.picture(number)

    def wait(self, happened: Callable[[], bool], complaint: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not happened():
            assert time.monotonic() < deadline, complaint
            self.page.wait_for_timeout(100)


def use_before_after(cell: Cell) -> None:
    gray = cell.after(lambda: cell.slide(0, 1))
    colored = cell.after(lambda: cell.slide(0, 0))
    assert metrics.colorfulness(gray) < metrics.colorfulness(colored)
    cell.after(lambda: cell.page.keyboard.press("PageUp"))  # the handle has the focus


def use_lab_explorer(cell: Cell) -> None:
    middle = cell.picture()
    white = cell.after(lambda: cell.slide(0, 1))
    assert np.ptp(white, axis=-1).mean() < np.ptp(middle, axis=-1).mean()  # fewer colors exist


def use_lab_mixer(cell: Cell) -> None:
    def middle() -> np.ndarray:
        height, width, _ = cell.picture().shape
        return cell.picture()[height // 3, width // 2]

    cell.after(lambda: cell.slide(0, 0.2))
    dark = middle()
    cell.after(lambda: cell.slide(0, 0.7))
    assert middle().mean() > dark.mean()
    for slider in (1, 2):  # a and b in their middle: gray
        cell.after(lambda slider=slider: cell.slide(slider, 0.5))
    assert np.ptp(middle()) < 0.05


def use_feature_maps(cell: Cell) -> None:
    cell.after(lambda: cell.slide(0, 1))
    cell.after(lambda: cell.slide(0, 0.5))


def use_color_dials(cell: Cell) -> None:
    start = metrics.colorfulness(cell.picture())
    vivid = metrics.colorfulness(cell.after(lambda: cell.slide(1, 1)))
    gray = metrics.colorfulness(cell.after(lambda: cell.slide(0, 0)))
    assert gray < 1 < start < vivid
    cell.after(lambda: cell.slide(0, 1))
    cell.after(lambda: cell.slide(2, 1))


def use_annealing(cell: Cell) -> None:
    mean_of_all = cell.after(lambda: cell.slide(0, 1))
    likeliest = cell.after(lambda: cell.slide(0, 0))
    assert metrics.colorfulness(mean_of_all) < metrics.colorfulness(likeliest)


def use_ask_another(cell: Cell) -> None:
    for menu in cell.node.query_selector_all(".widget-dropdown select"):
        cell.after(lambda menu=menu: menu.select_option(index=3))
    for slider in range(3):
        cell.after(lambda slider=slider: cell.slide(slider, 0.9))


def use_upload(cell: Cell) -> None:
    def choose(file: Path) -> None:
        with cell.page.expect_file_chooser() as chooser:
            cell.click("Choose a photo")
        chooser.value.set_files(file)

    broken = cell.folder / "broken.jpg"
    broken.write_bytes((ROOT / "data/photos/heroes/castle.jpg").read_bytes()[:500])
    choose(broken)
    cell.wait(lambda: "broken.jpg is damaged or cut short" in cell.text(), cell.text())
    choose(ROOT / "data/photos/historic/castle_clinton.jpg")
    cell.wait(lambda: re.search(r"castle_clinton\.jpg: \d+ x \d+", cell.text()), cell.text())
    cell.wait(lambda: bool(cell.node.query_selector(".widget-image")), "no picture")
    assert (cell.folder / "my_photos" / "castle_clinton.jpg").exists()
    use_before_after(cell)
    use_hint_dots(cell)


def use_turing_test(cell: Cell) -> None:
    [file] = re.findall(r'"(votes/\S+\.csv)"', cell.code)
    [rounds] = re.findall(r"Round 1 of (\d+)", cell.text())
    for label in ("real (r)", "colored (c)"):
        cell.after(lambda label=label: cell.click(label))
    typed = cell.node.query_selector("input[type=text]")
    typed.focus()  # from here on, without the mouse
    for number in range(2, int(rounds)):
        before = cell.picture()
        cell.page.keyboard.press("rc"[number % 2])
        cell.wait(lambda: f"Round {number + 1} of" not in cell.text(), cell.text())  # noqa: B023
        if number + 1 < int(rounds):
            assert not np.array_equal(cell.picture(), before)
    cell.wait(lambda: f"Your votes are in {file}" in cell.text(), cell.text())
    with (cell.folder / file).open(newline="") as table:
        answers = [row["answer"] for row in csv.DictReader(table)]
    assert answers == ["real", "colored", *["real", "colored"] * int(rounds)][: int(rounds)]


def use_hint_dots(cell: Cell) -> None:
    results = len(cell.node.query_selector_all(".widget-image")) - 1
    board = cell.node.wait_for_selector(".course-dots .board")
    count = len(board.query_selector_all("button"))

    def dots() -> list[ElementHandle]:
        return board.query_selector_all("button")

    def at(x: float, y: float) -> tuple[float, float]:
        board.scroll_into_view_if_needed()
        box = board.bounding_box()
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    def drag() -> None:
        cell.page.mouse.move(*at(0.2, 0.3))
        cell.page.mouse.down()
        cell.page.mouse.move(*at(0.7, 0.6), steps=5)
        cell.page.mouse.up()

    assert not cell.node.query_selector("button:has-text('set the dot')").is_visible()
    cell.node.query_selector(".course-dots input[type=color]").fill("#00a000")
    clicked = cell.after(lambda: cell.page.mouse.click(*at(0.2, 0.3)), results)
    assert len(dots()) == count + 1
    assert re.search("#00a000, (20|21|19) % from the left", dots()[-1].get_attribute("aria-label"))
    dragged = cell.after(drag, results)
    assert not np.array_equal(dragged, clicked)
    assert len(dots()) == count + 1
    press = cell.page.keyboard.press
    cell.after(lambda: press("Shift+ArrowLeft"), results)  # the dot has kept the focus
    assert re.search("(60|59|61) % from the left", dots()[-1].get_attribute("aria-label"))
    cell.after(lambda: press("Delete"), results)
    assert len(dots()) == count
    board.focus()
    press("Shift+ArrowUp")
    cell.after(lambda: press("Enter"), results)
    assert "50 % from the left, 40 % from the top" in dots()[-1].get_attribute("aria-label")
    active = cell.page.evaluate(NOTEBOOK + ".activeCell.model.sharedModel.getSource()")
    assert active == cell.code  # no key went to the notebook


USE = {name.removeprefix("use_"): use for name, use in globals().items() if name[:4] == "use_"}
NOTEBOOK = "jupyterapp.shell.currentWidget.content"


class Lesson:
    """A notebook in JupyterLab, all of whose cells have run."""

    def __init__(self, page: Page, lab: str, file: Path, folder: Path) -> None:
        self.page, self.folder = page, folder
        page.goto(f"{lab}lab/tree/{file.as_posix()}?reset")
        ready = "window.jupyterapp?.shell.currentWidget?.sessionContext?.isReady"
        page.wait_for_function(ready, timeout=60_000)
        page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
        self.cells = page.evaluate(
            NOTEBOOK
            + """.widgets.map(cell => ({
                source: cell.model.sharedModel.getSource(),
                outputs: cell.model.outputs?.toJSON() ?? [],
            }))"""
        )

    def in_red(self) -> list[dict]:
        """List errors, warnings and log lines."""
        outputs = [output for cell in self.cells for output in cell["outputs"]]
        return [
            output
            for output in outputs
            if output["output_type"] == "error"
            or output.get("name") == "stderr"
            or "WARNING:" in output.get("text", "")  # in a notebook, TensorFlow prints to stdout
        ]

    def show(self, index: int) -> Cell:
        """Scroll to a cell until it rests: what is far away, JupyterLab does not draw."""
        place, deadline = None, time.monotonic() + PATIENCE
        while True:
            node = self.page.evaluate_handle(
                """async index => {
                    const cell = NOTEBOOK.widgets[index];
                    await NOTEBOOK.scrollToItem(index);
                    await cell.ready;
                    cell.node.scrollIntoView();
                    return cell.node;
                }""".replace("NOTEBOOK", NOTEBOOK),
                index,
            ).as_element()
            self.page.wait_for_timeout(100)
            before, place = place, node.bounding_box()
            if place and place == before:
                break
            assert time.monotonic() < deadline, "the cell does not rest"
        return Cell(self.page, node, self.cells[index]["source"], self.folder)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_lesson_runs_its_widgets_answer_and_it_fits_a_phone(
    file: Path, lab: str, course: Path, window: Page
) -> None:
    path = file.relative_to(ROOT)
    lesson = Lesson(window, lab, path, (course / path).parent)
    assert lesson.in_red() == []
    for index, cell in enumerate(lesson.cells):
        for name in re.findall(r"^widgets\.(\w+)\(", cell["source"], re.MULTILINE):
            USE[name](lesson.show(index))
    window.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    window.click("[data-id=filebrowser]")  # the file browser takes half of a phone: close it
    for index in range(len(lesson.cells)):
        cell = lesson.show(index)
        assert "Error displaying widget" not in cell.node.inner_text()
        for picture in cell.node.query_selector_all("img"):
            box = picture.bounding_box()
            assert not box or box["x"] + box["width"] <= PHONE[0], f"too wide:\n{cell.code}"


def test_every_widget_is_used() -> None:
    public = [
        name
        for name, one in inspect.getmembers(widgets, inspect.isfunction)
        if one.__module__ == widgets.__name__ and not name.startswith("_")
    ]
    used = set(re.findall(r"widgets\.(\w+)\(", "".join(file.read_text("utf-8") for file in FILES)))
    assert sorted(USE) == public
    assert used == set(public)
