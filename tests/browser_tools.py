"""A headless Chromium for tests of pages, driven through ChromeDriver's HTTP interface (W3C WebDriver)."""

import json
import re
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAMS = ("chromium", "chromedriver")
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


def installed() -> bool:
    """Debian: apt-get install chromium chromium-driver."""
    return all(shutil.which(program) for program in PROGRAMS)


class Browser:
    def __init__(self, address: str, downloads: Path, extra: tuple[str, ...] = ()) -> None:
        arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--mute-audio",
            "--disable-dev-shm-usage",
            "--autoplay-policy=no-user-gesture-required",
            *extra,  # the last of two counts
        ]
        options = {
            "binary": shutil.which("chromium"),
            "args": arguments,
            "prefs": {"download.default_directory": str(downloads), "download.prompt_for_download": False},
        }
        wanted = {"alwaysMatch": {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}}
        self._address = f"{address}/session"
        session = self._post("", {"capabilities": wanted})["sessionId"]
        self._address += f"/{session}"

    def open(self, url: str) -> None:
        self._post("/url", {"url": url})

    def run(self, script: str) -> Any:
        """What a script returns."""
        return self._post("/execute/sync", {"script": script, "args": []})

    def click(self, selector: str) -> None:
        """As a user does: the element is scrolled to, and has to be visible and on top."""
        found = self._post("/element", {"using": "css selector", "value": selector})
        self._post(f"/element/{found[_ELEMENT]}/click", {})

    def upload(self, selector: str, path: str) -> None:
        """Choose a file in an <input type="file">."""
        found = self._post("/element", {"using": "css selector", "value": selector})
        self._post(f"/element/{found[_ELEMENT]}/value", {"text": path})

    def wait_until(self, script: str, seconds: float = 120) -> None:
        end = time.monotonic() + seconds
        while not self.run(script):
            assert time.monotonic() < end, f"not within {seconds} s: {script}"
            time.sleep(0.05)

    def errors(self) -> list[str]:
        """Errors that the page left in the console."""
        entries = self._post("/se/log", {"type": "browser"})
        return [entry["message"] for entry in entries if entry["level"] == "SEVERE"]

    def close(self) -> None:
        self._send("DELETE", "")

    def _post(self, path: str, content: dict[str, Any]) -> Any:
        return self._send("POST", path, json.dumps(content).encode())

    def _send(self, method: str, path: str, content: bytes | None = None) -> Any:
        request = urllib.request.Request(self._address + path, content, method=method)
        with urllib.request.urlopen(request, timeout=300) as answer:
            return json.load(answer)["value"]


@contextmanager
def browser(downloads: Path, extra: tuple[str, ...] = ()) -> Iterator[Browser]:
    """A browser that saves files in `downloads`; closed at the end."""
    driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, text=True)
    try:
        assert driver.stdout is not None
        port = next(
            m[1] for line in driver.stdout if (m := re.search(r"started successfully on port (\d+)", line))
        )
        opened = Browser(f"http://127.0.0.1:{port}", downloads, extra)
        try:
            yield opened
        finally:
            opened.close()
    finally:
        driver.terminate()
        driver.wait(10)
