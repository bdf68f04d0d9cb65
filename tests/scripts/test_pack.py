"""The packed portrait and the page: in Chromium, speech becomes the landmarks and frames it becomes here."""

import base64
import functools
import http.server
import io
import json
import struct
import threading
import wave
from collections.abc import Iterator
from pathlib import Path

import browser_tools
import cv2
import numpy as np
import pytest
from scipy.io import wavfile

from module1_audio2lmk import SpeechToLandmarks
from module1_audio2lmk.foundation.face.align import AlignedFace, align_face
from module2_drawing import PortraitAnimator
from scripts import pack

SECONDS = 2


@pytest.fixture(scope="module")
def face(photo: np.ndarray) -> AlignedFace:
    return align_face(photo, "mediapipe")


@pytest.fixture(scope="module")
def portrait(face: AlignedFace) -> bytes:
    return pack.portrait_of(face, "drawing")


def test_a_portrait_is_one_small_file(portrait: bytes) -> None:
    assert len(portrait) < 5 << 20 and portrait.startswith(pack.MAGIC)
    (size,) = struct.unpack("<I", portrait[4:8])
    header, images = json.loads(portrait[8 : 8 + size]), portrait[8 + size :]
    first, end, _ = header["images"]["drawing"]
    drawing = cv2.imdecode(np.frombuffer(images[first:end], np.uint8), cv2.IMREAD_UNCHANGED)
    assert drawing.shape == (512, 512) and 0.01 < (drawing < 128).mean() < 0.5
    assert len(header["landmarks"]) == 68 and max(map(max, header["triangles"])) == 75


class Silent(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def page(portrait: bytes, tmp_path: Path) -> Iterator[str]:
    pack.write_page(tmp_path / "page", portrait)
    handler = functools.partial(Silent, directory=str(tmp_path / "page"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/index.html"
        server.shutdown()


@pytest.mark.skipif(
    not (browser_tools.installed() and pack.cached_runtime().is_dir()),
    reason="no chromium with chromedriver, or onnxruntime-web not yet got from npm by pack --page",
)
def test_the_page_speaks_as_the_command_does(
    page: str, face: AlignedFace, voice_path: Path, photo: np.ndarray, tmp_path: Path
) -> None:
    """A voice's landmarks without head motion and blinks, and the frames that are drawn of them."""
    with wave.open(str(voice_path)) as source:
        samples = np.frombuffer(source.readframes(SECONDS * 16000), np.int16) / np.float32(32768)
    wanted = SpeechToLandmarks(head_motion="none", blink="none", look_ahead="live")(samples, face, 25) / 2
    short = io.BytesIO()
    wavfile.write(short, 16000, samples)  # as floats: browsers divide whole numbers by 32,767 where positive
    sound = base64.b64encode(short.getvalue()).decode()
    with browser_tools.browser(tmp_path) as browser:
        browser.open(page)
        browser.wait_until("return window.portrait && portrait() != null")
        browser.run(
            f"fetch('data:audio/wav;base64,{sound}').then((answer) => answer.arrayBuffer())"
            ".then((bytes) => speak(bytes, {head: false, blinks: false}))"
        )
        browser.wait_until(f"return figures.error || figures.frames >= {len(wanted)}", 60)
        assert not browser.run("return figures.error") and not browser.errors()
        found = np.array(browser.run("return spoken().map((frame) => Array.from(frame))")).reshape(-1, 68, 2)
        assert found.shape == wanted.shape
        assert np.abs(found - wanted).max() < 0.05  # px of 256
        widest = int(np.ptp(wanted[:, [62, 66], 1], axis=1).argmax())
        # At once: the page draws other frames meanwhile.
        url = browser.run(
            "const picture = document.getElementById('picture');"
            f"draw(spoken()[{widest}], picture.getContext('2d')); return picture.toDataURL()"
        )
    drawn = cv2.imdecode(np.frombuffer(base64.b64decode(url.split(",")[1]), np.uint8), cv2.IMREAD_GRAYSCALE)
    animator = PortraitAnimator("drawing", size=256)
    animator.prepare(face)
    (frame,) = animator.frames(2 * wanted[widest : widest + 1].astype(np.float32))
    assert np.abs(frame[..., 0].astype(float) - drawn).mean() < 2  # grey levels
