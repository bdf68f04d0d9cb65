"""The web page: what is refused and how, and the whole way once in a browser."""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import browser_tools
import cv2
import numpy as np
import pytest
import soundfile
from PIL import Image

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.media import probe
from module1_audio2lmk.foundation.worker import Worker
from scripts.webapp import spoken, studio
from scripts.webapp.studio import Limits, Order, Studio

page = pytest.importorskip("scripts.webapp.page", reason="needs gradio")


class InThisProcess(Worker):
    """A worker without a process of its own, which would load everything once more."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function

    def run(self, job: Any) -> Iterator[Any]:
        news: list[Any] = []
        result = self._function(job, news.append)
        yield from news
        return result

    def close(self) -> None: ...


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    monkeypatch.setattr(studio, "Worker", InThisProcess)
    return Studio(tmp_path / "studio", limits=Limits(seconds=1.0, megabytes=0.5, pixels=300_000, letters=20))


@pytest.fixture
def given(tmp_path: Path, photo_path: Path, voice_path: Path) -> dict[str, str]:
    """Files that a visitor might hand in, by what is wrong with them."""
    sound, rate = soundfile.read(voice_path)
    files = {name: tmp_path / name for name in ("short.wav", "long.wav", "noise.jpg", "grey.png", "big.png")}
    soundfile.write(files["short.wav"], sound[: int(0.6 * rate)], rate)
    soundfile.write(files["long.wav"], sound[: 2 * rate], rate)
    files["noise.jpg"].write_bytes(b"no photo at all")
    Image.new("RGB", (300, 300), "grey").save(files["grey.png"])
    Image.new("RGB", (1000, 400), "grey").save(files["big.png"])
    (tmp_path / "heavy.wav").write_bytes(bytes(600_000))
    return {"photo": str(photo_path), "heavy.wav": str(tmp_path / "heavy.wav")} | {
        name: str(path) for name, path in files.items()
    }


@pytest.mark.parametrize(
    ("photo", "sound", "text", "clip", "message"),
    [
        (None, "short.wav", "", None, "add a photo of a face first"),
        ("photo", None, " ", None, "add speech"),
        ("photo", None, "far too long a text for this page", None, "the text has 33 letters; at most 20"),
        ("photo", "long.wav", "", None, "the recording lasts 2 s; at most 1 s"),
        ("photo", "heavy.wav", "", None, "the recording has 1 MB; at most 0.5"),
        ("photo", "noise.jpg", "", None, "^the recording has no sound"),
        ("noise.jpg", "short.wav", "", None, "^the photo is not an image"),
        ("grey.png", "short.wav", "", None, "no face found"),
        ("photo", None, "", "long.wav", "the clip"),
        ("big.png", "short.wav", "", None, "0 million pixels, at most"),
    ],
)
def test_what_is_refused_is_told_and_leaves_nothing(
    photo: str | None,
    sound: str | None,
    text: str,
    clip: str | None,
    message: str,
    opened: Studio,
    given: dict[str, str],
) -> None:
    def file(name: str | None) -> str | None:
        return given[name] if name else None

    handlers = page.Handlers(opened)
    by = "text" if text else "voice" if clip is None else "clip"
    updates = list(
        handlers.draw(
            file(photo),
            by,
            file(sound),
            text,
            "English",
            file(clip),
            "Line drawing",
            256,
            "As drawn",
            "MP4",
            [],
        )
    )
    told = re.sub(r"<.*?>", "", updates[-1][3])
    assert re.search(message, told) and 'class="refused"' in updates[-1][3]
    assert str(opened.folder.parent) not in told
    assert not opened.folder.exists() or not list(opened.folder.iterdir())


def test_a_crash_is_told_and_the_next_job_goes_on(opened: Studio, given: dict[str, str]) -> None:
    worker = opened._drawing.get()

    def broken(job: Any) -> Iterator[Any]:
        yield (0, 10, None)
        raise studio.WorkerError("the process that worked on it died (status 1)")

    run, worker.run = worker.run, broken
    opened._drawing.put(worker)
    order = Order(given["photo"], sound=given["short.wav"], size=256)
    with pytest.raises(InputError, match=r"could not be drawn .*died"):
        list(opened.draw(order))
    worker.run = run
    assert opened._drawing.qsize() == 1 and not list(opened.folder.iterdir())


@pytest.mark.skipif(spoken.program() is None, reason="needs espeak-ng")
def test_text_is_spoken_and_is_no_option(tmp_path: Path) -> None:
    spoken.speak("--version; $(touch x) Hello", "Deutsch", tmp_path / "s.wav")
    assert soundfile.info(tmp_path / "s.wav").duration > 1
    assert [path.name for path in tmp_path.iterdir()] == ["s.wav"]


def test_photos_come_as_they_were_dropped(opened: Studio, tmp_path: Path) -> None:
    """Transparency, 16 bits and HEIC reach the reader of photos, and what is none: it knows what to do."""
    import gradio

    blocks = page.build(opened)
    photo = next(b for b in blocks.blocks.values() if isinstance(b, gradio.Image) and b.elem_id == "photo")
    files = tmp_path / "cut out.png", tmp_path / "deep.png", tmp_path / "none.jpg"
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(files[0])
    Image.fromarray(np.full((8, 8), 30000, np.uint16)).save(files[1])
    files[2].write_bytes(b"no photo at all")
    heic = Path(studio.__file__).parents[2] / "tests/module1_audio2lmk/foundation/media/turned.heic"
    for file in (*files, heic):
        given = photo.data_model(path=str(file), orig_name=file.name)
        assert Path(photo.preprocess(given)).read_bytes() == file.read_bytes()


def test_a_last_drawing_is_shown_again(opened: Studio) -> None:
    import gradio

    chosen = gradio.SelectData(None, {"index": 1, "value": None})
    paper, still, video, _, saved = page.Handlers(opened).show(["a.mp4", "b.gif", "c.mp4"], chosen)
    assert [given["visible"] for given in (paper, still, video, saved)] == [False, True, False, True]
    assert still["value"] == saved["value"] == "b.gif"


@contextmanager
def somebody_else_draws(opened: Studio, address: str) -> Iterator[None]:
    """One who came before through the page's interface, and is being served."""
    begun, ended = threading.Event(), threading.Event()

    def draw(_: Order) -> Iterator[Any]:
        begun.set()
        assert ended.wait(30)
        raise InputError("that one went away")
        yield

    opened.draw = draw
    given = [None, "voice", None, "", "English", None, "Line drawing", 256, "As drawn", "MP4", []]
    content = json.dumps({"data": given}).encode()
    request = Request(f"{address}gradio_api/call/draw", content, {"Content-Type": "application/json"})
    with urlopen(request):
        assert begun.wait(30)
    del opened.draw
    yield
    ended.set()


@pytest.mark.skipif(not browser_tools.installed(), reason="needs Chromium")
def test_a_visitor_draws_a_video(
    opened: Studio, given: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Photos are uploaded and taken, speech recorded; the visitor waits, sees the video and saves it."""
    opened.limits = Limits(seconds=60)  # of a recording nobody can tell how long it gets here
    frame = cv2.copyMakeBorder(cv2.imread(given["photo"]), 0, 0, 64, 64, cv2.BORDER_REPLICATE)
    (tmp_path / "camera.mjpeg").write_bytes(cv2.imencode(".jpg", frame)[1].tobytes())
    devices = (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={tmp_path / 'camera.mjpeg'}",
        f"--use-file-for-fake-audio-capture={given['short.wav']}",
    )
    seen = "return document.querySelectorAll('#seen img').length === 3"
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    blocks = page.build(opened)
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    try:
        address = page.launch(blocks, "127.0.0.1", None, Limits(), prevent_thread_lock=True)
        with browser_tools.browser(downloads, devices) as browser:
            browser.open(address)
            browser.wait_until("return !!document.querySelector('#photo input[type=file]')")
            browser.upload("#photo input[type=file]", given["photo"])
            browser.wait_until(seen, 200)
            browser.click("#photo [aria-label='Remove Image']")
            browser.wait_until("return !document.querySelector('#seen img')")
            for button in ("[aria-label='Capture from camera']", "[title='grant webcam access'] button"):
                browser.wait_until(f'return !!document.querySelector("#photo {button}")')
                browser.click(f"#photo {button}")
            browser.wait_until("return document.querySelector('#photo video').currentTime > 0")
            browser.click("#photo [aria-label='capture photo']")
            browser.wait_until(seen, 200)
            browser.click("#sound [aria-label='Record audio']")
            browser.click("#sound .record-button")
            time.sleep(0.6)
            browser.click("#sound .stop-button")
            browser.wait_until("return !!document.querySelector('#sound [aria-label=Play]')")
            browser.run("[...document.querySelectorAll('#size label')][0].click()")
            with somebody_else_draws(opened, address):
                browser.click("#draw")
                place = "document.querySelector('#status').innerText.includes('queue: 1/1')"
                browser.wait_until(f"return {place} && document.querySelector('#stop').offsetHeight > 0")
            video = "const v = document.querySelector('#video video');"
            browser.wait_until(
                f"{video} return v && v.currentTime > 0.2 && v.webkitAudioDecodedByteCount > 0"
            )
            mean, width = browser.run(
                f"{video} const c = document.createElement('canvas'); c.width = c.height = 64;"
                "const g = c.getContext('2d'); g.drawImage(v, 0, 0, 64, 64);"
                "const sum = g.getImageData(0, 0, 64, 64).data.reduce((a, b) => a + b);"
                "return [sum / 64 / 64 / 4, v.videoWidth]"
            )
            assert 120 < mean < 254 and width == 256
            browser.wait_until("return !!document.querySelector('#save')")
            browser.click("#save")
            saved = downloads / "talking-drawing.mp4"
            end = time.monotonic() + 120
            while not saved.is_file() and time.monotonic() < end:
                time.sleep(0.05)
            assert probe(saved).audio_codec == "aac"
            assert not browser.errors()
    finally:
        blocks.close(verbose=False)
    assert list(opened.folder.glob("*/talking-drawing.mp4"))
