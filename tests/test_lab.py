"""``make lab`` starts for every user, root of a container too, and says which address to open."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from urllib3.util import Retry

ROOT = Path(__file__).parent.parent
NOBODY = 65534
SECONDS = 300  # until the test gives up; a start takes some five
LINUX = sys.platform == "linux"
IS_ROOT = hasattr(os, "getuid") and os.getuid() == 0
AS_NOBODY = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]

pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="there is no make")


@pytest.fixture
def lab() -> Iterator[Callable[..., tuple[str, str]]]:
    """Return a function that starts ``make lab`` and gives the address it names, and its words."""
    home = tempfile.mkdtemp()  # pytest's own folders are closed to other users
    started = []

    def start(*before: str) -> tuple[str, str]:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        if before:
            os.chown(home, NOBODY, NOBODY)
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        homes = dict.fromkeys(["HOME", "JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR"], home)
        command = ["make", "-s", "-o", ".venv/ready", "lab", f"BIN={Path(sys.executable).parent}"]
        quiet = "" if LINUX else "--no-browser"  # there make lab has to find out by itself
        process = subprocess.Popen(
            [*before, *command, f"ARGS=--port={port} --ServerApp.port_retries=0 {quiet}"],
            cwd=ROOT,
            env=kept | homes | {"JUPYTER_CONFIG_DIR": home},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        watch = threading.Timer(SECONDS, os.killpg, (process.pid, signal.SIGKILL))
        watch.start()
        words = ""
        for line in process.stdout:
            words += line
            if found := re.search(rf"http://127\.0\.0\.1:{port}/\S+", line):
                watch.cancel()
                return found[0], words
        watch.cancel()
        raise AssertionError(f"make lab ended without an address:\n{words}")

    yield start
    for process in started:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass  # it has ended
        process.wait()
        process.stdout.close()
    shutil.rmtree(home)


def expect_the_first_lesson(address: str) -> None:
    """Open the page as a browser does, then ask for the lesson that it shows."""
    page, token = address.split("?token=")
    assert page.endswith("/lab/tree/notebooks/00_start_here.ipynb")
    with requests.Session() as browser:
        browser.trust_env = False  # no proxy
        patience = Retry(connect=10, backoff_factor=0.1)  # it names the address, then listens
        browser.mount("http://", requests.adapters.HTTPAdapter(max_retries=patience))
        assert "JupyterLab" in browser.get(address, timeout=SECONDS).text
        lesson = page.replace("/lab/tree/", "/api/contents/")
        answer = browser.get(lesson, params={"token": token}, timeout=SECONDS).json()
    assert answer["type"] == "notebook"
    assert "# 00" in answer["content"]["cells"][0]["source"]


def test_the_first_lesson_opens(lab: Callable) -> None:
    address, words = lab()
    assert ("You are root" in words) == IS_ROOT
    if LINUX:  # where the environment names no screen
        assert "There is no browser here: open the last address below in one." in words
        assert words.strip().endswith(address)
    expect_the_first_lesson(address)


@pytest.mark.skipif(not IS_ROOT, reason="the user of the test above is ordinary already")
def test_the_first_lesson_opens_for_an_ordinary_user(lab: Callable) -> None:
    try_python = [*AS_NOBODY, "sh", "-c", f"'{sys.executable}' -c ''"]  # it may lie in /root
    if not shutil.which("setpriv") or subprocess.run(try_python).returncode:
        pytest.skip("no other user can run this Python")
    address, words = lab(*AS_NOBODY)
    assert "You are root" not in words
    expect_the_first_lesson(address)
