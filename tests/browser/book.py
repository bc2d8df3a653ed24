"""The book: no link and no picture is missing, and it can be searched and read in the dark."""

import os
import subprocess
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from conftest import BADGES, PHONE, ROOT
from PIL import Image
from playwright.sync_api import Page

LESSONS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))


@pytest.fixture(scope="session")
def book() -> Path:
    """Make the book with small budgets."""
    folder = ROOT / "build" / "book-fast"
    environment = {**os.environ, "COURSE_FAST": "1"}
    subprocess.run(["make", "book", f"BOOK={folder}"], cwd=ROOT, env=environment, check=True)
    return folder


def test_every_link_leads_somewhere_and_every_picture_is_there(book: Path, window: Page) -> None:
    pages = sorted(book.rglob("*.html"))
    assert len(pages) > len(LESSONS)
    anchors = {}
    for page in pages:
        window.goto(page.as_uri())
        anchors[page] = set(window.eval_on_selector_all("[id]", "all => all.map(one => one.id)"))
    for page in pages:
        window.goto(page.as_uri())
        window.evaluate("document.querySelectorAll('img').forEach(one => one.loading = 'eager')")
        window.wait_for_load_state("networkidle")
        pictures = window.eval_on_selector_all(
            "img", "all => all.map(one => [one.src, one.naturalWidth, one.alt])"
        )
        for source, width, alt in pictures:
            assert width or urlsplit(source).hostname in BADGES, f"{source} in {page.name}"
            assert alt.strip() and not alt.endswith((".png", ".jpg")), f"{source} in {page.name}"
        for link in window.eval_on_selector_all("a[href]", "all => all.map(one => one.href)"):
            address = urlsplit(link)
            if address.scheme == "file":
                target = Path(unquote(address.path))
                assert target.exists(), f"{link} in {page.name}"
                assert not address.fragment or unquote(address.fragment) in anchors.get(target, ())


def test_the_table_of_contents_leads_to_every_lesson(book: Path, window: Page) -> None:
    window.goto((book / "index.html").as_uri())
    links = window.eval_on_selector_all("nav a[href]", "all => all.map(one => one.href)")
    for lesson in LESSONS:
        assert any(link.endswith(f"/{lesson.stem}.html") for link in links), lesson.stem


def test_the_search_finds_a_lesson(book: Path, window: Page) -> None:
    window.goto((book / "search.html").as_uri() + "?q=kingfisher")
    window.wait_for_selector("#search-results li a")
    found = window.eval_on_selector_all("#search-results li a", "all => all.map(one => one.href)")
    assert any("01_lab_color.html" in link for link in found)


def test_no_widget_is_dead_and_pictures_fit_a_phone(book: Path, window: Page) -> None:
    window.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    for lesson in LESSONS:
        window.goto((book / "notebooks" / f"{lesson.stem}.html").as_uri())
        assert window.query_selector(".widget-slider, .jupyter-widgets") is None
        for picture in window.query_selector_all("article img"):
            box = picture.bounding_box()
            assert not box or box["x"] + box["width"] <= PHONE[0]


def test_pictures_bring_their_own_background_into_the_dark(book: Path, window: Page) -> None:
    window.emulate_media(color_scheme="dark")
    for lesson in LESSONS:
        window.goto((book / "notebooks" / f"{lesson.stem}.html").as_uri())
        assert window.evaluate("document.documentElement.dataset.theme") == "dark"
        for source in window.eval_on_selector_all("article img", "all => all.map(one => one.src)"):
            if source.startswith("file:"):
                picture = Image.open(unquote(urlsplit(source).path)).convert("RGBA")
                assert picture.getextrema()[3] == (255, 255), source
