"""A JupyterLab server on a copy of the course, and a Chromium window that looks at it."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Route, sync_playwright

ROOT = Path(__file__).parents[2]
SCREENSHOTS = ROOT / "build" / "browser"
BADGES = {"colab.research.google.com", "mybinder.org"}
DESK, PHONE = (1280, 900), (390, 844)  # windows in CSS pixels


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the course, since JupyterLab saves what it runs."""
    copy = tmp_path_factory.mktemp("lab") / "course"
    ignore = shutil.ignore_patterns(".git", ".venv*", "build", "__pycache__", "my_photos", "votes")
    shutil.copytree(ROOT, copy, ignore=ignore)
    return copy


@pytest.fixture(scope="session")
def lab(course: Path) -> Iterator[str]:
    """Start JupyterLab as ``make lab`` does, with settings of its own, and return its address."""
    own = course.parent
    folders = {
        f"JUPYTER{name}_DIR": str(own / name.removeprefix("_").lower())
        for name in ("_CONFIG", "_RUNTIME", "LAB_SETTINGS", "LAB_WORKSPACES")
    }
    options = [
        *["--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=0"],
        *["--IdentityProvider.token=", "--LabApp.news_url=None"],
        *["--LabApp.expose_app_in_browser=True", "--LabApp.extension_manager=readonly"],
    ]
    news = own / "lab_settings" / "@jupyterlab" / "apputils-extension"
    news.mkdir(parents=True)
    (news / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
    log = (own / "server.log").open("w")
    server = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *options],
        cwd=course,
        env={**os.environ, **folders, "COURSE_FAST": "1"},
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        yield _address(server, own / "runtime", own / "server.log")
    finally:
        server.terminate()
        server.wait(30)


def _address(server: subprocess.Popen, runtime: Path, log: Path) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        for file in runtime.glob("jpserver-*.json"):
            return json.loads(file.read_text())["url"]
        time.sleep(0.2)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()}")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium")
    assert program, "The command chromium starts nothing here. Run: make test-browser"
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        yield playwright.chromium.launch(executable_path=program, args=flags)


@pytest.fixture
def window(chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """Open a window and complain of errors in its console, and of what would not work offline.

    A failed test leaves its last picture in build/browser.
    """
    context = chromium.new_context(viewport={"width": DESK[0], "height": DESK[1]})
    page = context.new_page()
    errors: list[str] = []
    outside: set[str] = set()

    def answer(route: Route) -> None:
        outside.add(urlsplit(route.request.url).hostname)
        route.fulfill(
            content_type="image/svg+xml", body="<svg xmlns='http://www.w3.org/2000/svg'/>"
        )

    page.route(re.compile("^https?://(?!127.0.0.1)"), answer)
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    if getattr(request.node, "failed", False) or errors:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"\W+", "-", request.node.name).strip("-")
        page.screenshot(path=SCREENSHOTS / f"{name}.png")
    context.close()
    assert errors == []
    assert outside <= BADGES  # all else works offline


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *parts: object) -> None:
        pass


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Serve a folder as a web host does, and yield its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()


def faults(page: Page) -> list[str]:
    """List what axe-core finds serious or critical for readers with a keyboard or screen reader."""
    options = {
        "resultTypes": ["violations"],
        "preload": False,
    }  # preload asks for missing styles
    found = Axe().run(page, options=options).response["violations"]
    return [
        f"{fault['id']}: {node['html'][:99]}"
        for fault in found
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    outcome = yield
    if outcome.get_result().failed:
        item.failed = True
