"""The book: no link and no picture is missing, and it can be searched and read in the dark."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from conftest import BADGES, DESK, PHONE, ROOT, faults, serve
from PIL import Image
from playwright.sync_api import Page

LESSONS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
FOLDER = ROOT / "build" / "book-fast"


@pytest.fixture(scope="session")
def book() -> Iterator[str]:
    """Make the book with small budgets and serve it."""
    environment = {**os.environ, "COURSE_FAST": "1"}
    subprocess.run(["make", "book", f"BOOK={FOLDER}"], cwd=ROOT, env=environment, check=True)
    with serve(FOLDER) as address:
        yield address


def file_of(link: str) -> Path:
    return FOLDER / unquote(urlsplit(link).path).lstrip("/")


def pages_of(book: str) -> list[str]:
    files = [page.relative_to(FOLDER) for page in sorted(FOLDER.rglob("*.html"))]
    pages = [book + page.as_posix() for page in files if page.parts[0] != "_static"]  # templates
    assert len(pages) > len(LESSONS)
    return pages


def test_every_link_leads_somewhere_and_every_picture_is_there(book: str, window: Page) -> None:
    anchors, links = {}, []
    for page in pages_of(book):
        window.goto(page)
        window.evaluate("document.querySelectorAll('img').forEach(one => one.loading = 'eager')")
        window.wait_for_load_state("networkidle")
        anchors[page] = window.eval_on_selector_all("[id]", "all => all.map(one => one.id)")
        pictures = window.eval_on_selector_all(
            "img", "all => all.map(one => [one.src, one.naturalWidth, one.alt])"
        )
        for source, width, alt in pictures:
            assert width or urlsplit(source).hostname in BADGES, f"{source[:99]} in {page}"
            assert alt and not alt.endswith((".png", ".jpg")), f"{source[:99]} in {page}"
        drawn = [alt for _, _, alt in pictures if alt.startswith("A figure that the code")]
        assert len(set(drawn)) >= len(drawn) - 1, page  # each says what it shows
        hrefs = window.eval_on_selector_all("a[href]", "all => all.map(one => one.href)")
        links += [(page, link) for link in hrefs if link.startswith(book)]
    for page, link in links:
        target, _, anchor = link.partition("#")
        assert file_of(target).exists(), f"{link} in {page}"
        assert not anchor or unquote(anchor) in anchors[target], f"{link} in {page}"


def test_the_table_of_contents_leads_to_every_lesson(book: str, window: Page) -> None:
    window.goto(book + "index.html")
    links = window.eval_on_selector_all("nav a[href]", "all => all.map(one => one.href)")
    for lesson in LESSONS:
        assert f"{book}notebooks/{lesson.stem}.html" in links


def test_the_search_finds_a_lesson(book: str, window: Page) -> None:
    window.goto(book + "search.html?q=kingfisher")
    window.wait_for_selector("#search-results li a")
    found = window.eval_on_selector_all("#search-results li a", "all => all.map(one => one.href)")
    assert any("01_lab_color.html" in link for link in found)


@pytest.mark.parametrize(("scheme", "size"), [("light", DESK), ("dark", PHONE)])
def test_every_page_can_be_read_with_a_keyboard_and_a_screen_reader(
    scheme: str, size: tuple[int, int], book: str, window: Page
) -> None:
    window.emulate_media(color_scheme=scheme)
    window.set_viewport_size({"width": size[0], "height": size[1]})
    found = {}
    for page in pages_of(book):
        window.goto(page)
        window.wait_for_load_state("networkidle")
        found[page] = faults(window)
    assert {page: some for page, some in found.items() if some} == {}


def test_every_place_for_something_that_moves_is_filled(book: str, window: Page) -> None:
    moving = []
    for lesson in LESSONS:
        window.goto(f"{book}notebooks/{lesson.stem}.html")
        window.wait_for_load_state("networkidle")
        for place in window.query_selector_all(".moving"):
            assert "needs JavaScript" not in place.inner_text()
            moving.append(place.get_attribute("data-module"))
    files = (ROOT / "book" / "widgets").glob("*.js")
    assert set(moving) == {one.stem for one in files if "function fill(" in one.read_text("utf-8")}


def test_no_widget_is_dead_and_pictures_fit_a_phone(book: str, window: Page) -> None:
    window.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    for lesson in LESSONS:
        window.goto(f"{book}notebooks/{lesson.stem}.html")
        assert window.query_selector(".widget-slider, .jupyter-widgets") is None
        assert window.evaluate("document.documentElement.scrollWidth") <= PHONE[0], lesson
        for picture in window.query_selector_all("article img"):
            box = picture.bounding_box()
            assert not box or box["x"] + box["width"] <= PHONE[0]


def test_pictures_bring_their_own_background_into_the_dark(book: str, window: Page) -> None:
    window.emulate_media(color_scheme="dark")
    for lesson in LESSONS:
        window.goto(f"{book}notebooks/{lesson.stem}.html")
        assert window.evaluate("document.documentElement.dataset.theme") == "dark"
        sources = window.eval_on_selector_all("article img", "all => all.map(one => one.src)")
        filters = window.eval_on_selector_all(
            "article img", "all => all.map(one => getComputedStyle(one).filter)"
        )
        assert set(filters) == {"none"}  # no color is changed
        own = [source for source in sources if source.startswith(book)]
        assert own
        for source in own:
            picture = Image.open(file_of(source)).convert("RGBA")
            assert picture.getextrema()[3] == (255, 255), source
