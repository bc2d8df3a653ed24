"""The page that colors photos, used as a visitor does; its numbers are those of the course."""

import base64
import io
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from conftest import PHONE, ROOT, faults, serve
from PIL import ExifTags, Image
from playwright.sync_api import Browser, Page, Request, expect

from helpers import __main__ as command_line
from helpers import colorizer, hints, metrics, photos, share

FOLDER = ROOT / "build" / "color-test"
PATIENCE = 120_000  # milliseconds that a picture may take
PHOTOS = [photos.FOLDER / "heroes" / f"{name}.jpg" for name in ("bee", "castle", "coffee", "macaw")]
PHOTOS += sorted((photos.FOLDER / "people").glob("*.jpg"))[:3]
PHOTOS += sorted((photos.FOLDER / "historic").glob("*.jpg"))[:3]


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """Make the page with three networks and serve it, one folder down."""
    models = {name: share.load(name) for name in ("pretrained", "unet", "hints")}
    share.page(models, FOLDER / "inside")
    with serve(FOLDER) as root:
        yield f"{root}inside/"


@pytest.fixture
def page(address: str, window: Page) -> Page:
    window.goto(f"{address}index.html")
    window.locator("#examples button").first.wait_for()
    return window


@pytest.fixture(scope="session")
def network() -> colorizer.Colorizer:
    return colorizer.Colorizer()


def choose(page: Page, file: Path) -> None:
    if page.locator("#again").is_visible():
        page.click("#again")
    page.set_input_files("#file", file)
    wait_for(page, "Coloring")


def wait_for(page: Page, text: str) -> None:
    expect(page.locator("#status")).to_contain_text(text, timeout=PATIENCE)


def picture(page: Page, canvas: str = "#colored") -> np.ndarray:
    """Return the bytes of a canvas, (H, W, 3)."""
    content = page.eval_on_selector(canvas, "canvas => canvas.toDataURL('image/png')")
    png = io.BytesIO(base64.b64decode(content.partition(",")[2]))
    return np.asarray(Image.open(png).convert("RGB"))


def in_bytes(photo: np.ndarray) -> np.ndarray:
    return np.asarray(photos.to_image(photo))


def steps_off(one: np.ndarray, other: np.ndarray) -> int:
    assert one.shape == other.shape
    return int(np.abs(one.astype(int) - other).max())


def slide(page: Page, dial: str, value: int) -> None:
    page.fill(f"#{dial}", str(value))


def test_ten_photos_of_all_orientations_are_colored_as_in_python(
    page: Page, network: colorizer.Colorizer, tmp_path: Path
) -> None:
    python, browser = [], []
    network.color(photos.load(PHOTOS[0]))  # what is done once is done
    page.hover(".drop")
    wait_for(page, "The network is here.")
    for number, source in enumerate(PHOTOS):
        exif = Image.Exif()
        exif[ExifTags.Base.Orientation] = number % 8 + 1
        file = tmp_path / f"{number}.jpg"
        with Image.open(source) as image:
            image.save(file, quality=92, exif=exif)
        start = time.perf_counter()
        truth = in_bytes(network.color(photos.load(file)))
        python.append(time.perf_counter() - start)
        start = time.perf_counter()
        choose(page, file)
        wait_for(page, "Colored by pretrained")
        browser.append(time.perf_counter() - start)
        assert steps_off(picture(page), truth) <= 1, source
    for when, seconds, others in (
        ("first picture", browser[0], python[0]),
        ("next ones, median", np.median(browser[1:]), np.median(python[1:])),
    ):
        ratio = seconds / others
        print(f"{when}: {seconds:.2f} s, in Python {others:.2f} s: a ratio of {ratio:.1f}")


def test_no_request_leaves_the_pages_own_folder(page: Page, address: str) -> None:
    asked: list[Request] = []
    page.context.on("request", lambda one: asked.append(one))
    page.reload()
    page.locator("#examples button").first.wait_for()
    choose(page, PHOTOS[0])
    wait_for(page, "Colored by pretrained")
    page.click("#compare")
    wait_for(page, "Each network shows")
    addresses = [one.url for one in asked]
    assert f"{address}networks/unet.onnx.gz" in addresses  # the worker's requests are seen, too
    assert f"{address}ort/ort-wasm-simd-threaded.wasm" in addresses
    assert [one for one in addresses if not one.startswith((address, "data:", "blob:"))] == []
    assert {one.method for one in asked} == {"GET"} and not any(one.post_data for one in asked)


def test_dials_and_networks_change_the_colors_as_in_python(page: Page) -> None:
    photo = photos.load(PHOTOS[1])
    choose(page, PHOTOS[1])
    wait_for(page, "Colored by pretrained")
    expect(page.locator("#choice-part")).to_be_visible()  # it is a network of bins
    page.click("text=unet")
    wait_for(page, "Colored by unet")
    expect(page.locator("#choice-part")).to_be_hidden()
    unet = colorizer.Colorizer("unet")
    assert steps_off(picture(page), in_bytes(unet.color(photo))) <= 1
    for dial, value, part in (("strength", 60, 0.6), ("saturation", 150, 1.5)):
        slide(page, dial, value)
        truth = in_bytes(unet.color(photo, **{dial: part}))
        page.wait_for_timeout(300)
        wait_for(page, "Colored by unet")
        wait_until(page, truth)
        page.click("#reset")
    slide(page, "temperature", -12)
    wait_until(page, in_bytes(unet.color(photo, temperature=-12)))
    slide(page, "strength", 0)
    wait_until(page, picture(page, "#gray"))


def wait_until(page: Page, truth: np.ndarray) -> None:
    """Wait for a picture that is alike in all steps but one."""
    deadline = time.monotonic() + PATIENCE / 1000
    while steps_off(picture(page), truth) > 1:
        assert time.monotonic() < deadline, "the picture stays another one"
        page.wait_for_timeout(200)


def test_a_network_of_bins_is_bolder_at_a_low_temperature(page: Page) -> None:
    choose(page, PHOTOS[0])
    wait_for(page, "Colored by pretrained")
    guess = picture(page)
    slide(page, "choice", 5)
    page.wait_for_function("document.getElementById('choice').value === '5'")
    deadline = time.monotonic() + PATIENCE / 1000
    while np.array_equal(picture(page), guess):
        assert time.monotonic() < deadline
        page.wait_for_timeout(200)
    assert metrics.colorfulness(picture(page) / 255) > metrics.colorfulness(guess / 255)


def test_dots_are_set_with_the_mouse_and_with_the_keyboard(page: Page) -> None:
    photo = photos.load(PHOTOS[2])
    choose(page, PHOTOS[2])
    wait_for(page, "Colored by pretrained")
    page.fill("#dot-color", "#c02040")
    page.click("#dotting")
    box = page.locator("#stage").bounding_box()
    page.mouse.click(box["x"] + 0.255 * box["width"], box["y"] + 0.755 * box["height"])
    wait_for(page, "Colored by hints with your dots")
    page.fill("#dot-color", "#2060c0")
    page.focus("#stage")
    for key in ["ArrowUp"] * 5 + ["Enter"]:
        page.keyboard.press(key)
    model, red, blue = colorizer.load("hints"), (192, 32, 64), (32, 96, 192)
    dots = [
        hints.Dot(x, y, tuple(np.float32(rgb) / 255))
        for x, y, rgb in ((0.255, 0.755, red), (0.5, 0.4, blue))
    ]
    wait_until(page, in_bytes(hints.colorize(model, photo, dots)))
    page.click("#undo")
    wait_until(page, in_bytes(hints.colorize(model, photo, dots[:1])))
    page.click("#clear")
    wait_for(page, "Colored by pretrained")


def test_the_line_between_gray_and_color_follows_hand_and_keyboard(page: Page) -> None:
    choose(page, PHOTOS[0])
    wait_for(page, "Colored by")
    box = page.locator("#stage").bounding_box()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 50)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 50)
    page.mouse.up()
    assert 18 <= int(page.input_value("#divide")) <= 22
    page.focus("#divide")
    page.keyboard.press("Home")
    shown = page.eval_on_selector("#colored", "one => getComputedStyle(one).clipPath")
    assert shown in ("inset(0px 0px 0px 0%)", "inset(0px)", "inset(0px 0px 0px)")


def save(page: Page, file: Path) -> Path:
    with page.expect_download(timeout=PATIENCE) as download:
        page.click("#save")
    saved = file.parent / download.value.suggested_filename
    download.value.save_as(saved)
    return saved


def test_a_saved_picture_is_whole_and_says_that_it_is_a_guess(
    page: Page, network: colorizer.Colorizer, tmp_path: Path
) -> None:
    large = photos.resize(photos.hero("tulips"), 1200, 1700)  # more than the screen shows
    for ending, steps in ((".png", 1), (".jpg", 40)):
        file = tmp_path / f"my tulips{ending}"
        photos.save(large, file)
        choose(page, file)
        wait_for(page, "Colored by pretrained")
        saved = save(page, file)
        assert saved.name == f"my tulips-colored{ending}"
        assert steps_off(in_bytes(photos.load(saved)), in_bytes(network.color(large))) <= steps
        with Image.open(saved) as image:
            assert image.getexif()[ExifTags.Base.ImageDescription] == command_line.LABEL
        assert command_line._is_result(saved)  # and so no photo to color


def test_twelve_megapixels_do_not_freeze_the_page(page: Page, tmp_path: Path) -> None:
    file = tmp_path / "large.jpg"
    photos.save(photos.resize(photos.hero("mountain"), 3000, 4000), file)
    page.evaluate(
        """() => {
            window.longest = 0;
            let last = performance.now();
            setInterval(() => {
                window.longest = Math.max(window.longest, performance.now() - last);
                last = performance.now();
            }, 10);
        }"""
    )
    start = time.perf_counter()
    choose(page, file)
    wait_for(page, "Colored by pretrained")
    shown = time.perf_counter()
    saved = save(page, file)
    ended = time.perf_counter()
    with Image.open(saved) as image:
        assert image.size == (4000, 3000)
    longest = page.evaluate("window.longest") / 1000
    print(f"12 megapixels: shown after {shown - start:.1f} s, saved in {ended - shown:.1f} s more;")
    print(f"the page's longest pause: {longest:.2f} s")
    assert longest < (ended - start) / 4


def test_a_file_that_is_no_photo_gets_a_sentence_and_the_next_photo_works(
    page: Page, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(PHOTOS[0].read_bytes()[:300])
    page.set_input_files("#file", broken)
    wait_for(page, "broken.jpg: This browser cannot read that file as a photo")
    choose(page, PHOTOS[0])
    wait_for(page, "Colored by pretrained")


def drop(page: Page, *files: Path) -> None:
    """Drop files onto the page, one right after the other."""
    contents = {file.name: base64.b64encode(file.read_bytes()).decode() for file in files}
    page.evaluate(
        """contents => {
            for (const [name, content] of Object.entries(contents)) {
                const bytes = Uint8Array.from(atob(content), letter => letter.charCodeAt(0));
                const dataTransfer = new DataTransfer();
                dataTransfer.items.add(new File([bytes], name, {type: "image/jpeg"}));
                document.body.dispatchEvent(new DragEvent("drop", {dataTransfer, bubbles: true}));
            }
        }""",
        contents,
    )


def test_a_photo_can_be_dropped(page: Page) -> None:
    drop(page, PHOTOS[0])
    wait_for(page, "Colored by pretrained")
    expect(page.locator("#about")).to_contain_text(PHOTOS[0].name)


def test_a_file_that_cannot_be_read_leaves_the_photo_and_its_name(
    page: Page, tmp_path: Path
) -> None:
    choose(page, PHOTOS[0])
    wait_for(page, "Colored by pretrained")
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"no photo")
    drop(page, broken)
    wait_for(page, "broken.jpg: This browser cannot read that file as a photo")
    assert save(page, tmp_path / "any").name == f"{PHOTOS[0].stem}-colored.jpg"


def test_a_slow_photo_does_not_come_over_the_next(page: Page, tmp_path: Path) -> None:
    slow, quick = tmp_path / "slow.jpg", tmp_path / "quick.jpg"
    photos.save(photos.resize(photos.hero("mountain"), 3000, 4000), slow)
    photos.save(photos.resize(photos.hero("tulips"), 200, 300), quick)
    drop(page, slow, quick)
    wait_for(page, "Colored by pretrained")
    page.wait_for_timeout(3000)  # by now the slow one would have come
    saved = save(page, tmp_path / "any")
    with Image.open(saved) as image:
        assert (saved.name, image.size) == ("quick-colored.jpg", (300, 200))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_reads_well_on_a_phone_in_the_light_and_in_the_dark(page: Page, scheme: str) -> None:
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    page.emulate_media(color_scheme=scheme)
    assert faults(page) == []
    page.locator("#examples button").first.click()
    wait_for(page, "Colored by")
    page.click("#dotting")
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]


def test_a_copy_without_networks_says_what_is_missing(chromium: Browser, tmp_path: Path) -> None:
    shutil.copytree(share.PAGE, tmp_path / "copy")
    with serve(tmp_path / "copy") as root:
        window = chromium.new_page()
        window.goto(f"{root}index.html")
        wait_for(window, "make color-page")
        window.close()
