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
from dataclasses import replace
from pathlib import Path

import browser_tools
import cv2
import numpy as np
import pytest
from drawing_data import with_glasses
from scipy.io import wavfile

from module1_audio2lmk import SpeechToLandmarks
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.align import AlignedFace
from module1_audio2lmk.motion.blinks import close_eyes
from module2_drawing import PortraitAnimator
from scripts import pack

SECONDS = 2
EYES, MOUTH = np.s_[90:130, 80:180], np.s_[150:200, 100:160]


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


def test_the_photo_is_not_written_over(photo_path: Path, tmp_path: Path) -> None:
    mine = tmp_path / "me.jpg"
    mine.write_bytes(photo_path.read_bytes())
    with pytest.raises(InputError, match="is the input itself"):
        pack.main([str(mine), "-o", str(tmp_path / "." / "me.jpg")])
    assert mine.read_bytes() == photo_path.read_bytes()
    (tmp_path / "index.html").write_text("mine")
    with pytest.raises(InputError, match="no such page; name a new"):
        pack.main([str(mine), "-o", str(tmp_path / "p.bin"), "--page", str(tmp_path)])
    with pytest.raises(InputError, match="no ort"):
        pack.write_page(tmp_path / "page", b"", runtime=tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["index.html", "me.jpg"]


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
    page: str, portrait: bytes, face: AlignedFace, voice_path: Path, photo: np.ndarray, tmp_path: Path
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
        widest = wanted[int(np.ptp(wanted[:, [62, 66], 1], axis=1).argmax())]
        (blink,) = close_eyes(widest[None], np.array([1.0]))
        poses = np.stack((blink, raised(widest), spoken(widest, 0.4), spoken(widest, 0.035)))
        worn = replace(face, image=with_glasses(face.image, face.landmarks), photo=None, box=None)
        for style, seen in (("drawing", face), ("oil", worn)):
            packed = portrait if style == "drawing" else pack.portrait_of(seen, style)
            drawn = frames_of_the_page(browser, packed, poses)
            animator = PortraitAnimator(style, size=256)
            animator.prepare(seen)
            for frame, page_frame in zip(animator.frames(2 * poses.astype(np.float32)), drawn, strict=True):
                difference = np.abs(frame.astype(float) - page_frame)
                assert difference.mean() < 2 and difference[EYES].mean() < 0.5  # grey levels
                assert difference[MOUTH].mean() < 4


def raised(landmarks: np.ndarray) -> np.ndarray:
    """With raised brows and half shut eyes."""
    moved = close_eyes(landmarks[None], np.array([0.5]))[0]
    moved[17:27, 1] -= 6
    return moved


def spoken(landmarks: np.ndarray, opening: float) -> np.ndarray:
    """With a mouth that is open by this share of its width."""
    moved, gap = landmarks.copy(), landmarks[66, 1] - landmarks[62, 1]
    more = opening * np.ptp(landmarks[[48, 54], 0]) - gap
    moved[[55, 56, 57, 58, 59, 65, 66, 67], 1] += more * np.array([0.5, 0.8, 1, 0.8, 0.5, 0.8, 1, 0.8])
    return moved


def frames_of_the_page(
    browser: browser_tools.Browser, portrait: bytes, poses: np.ndarray
) -> list[np.ndarray]:
    """What the page's own code draws of landmarks (T, 68, 2) px of 256: T images (256, 256, 3)."""
    data = base64.b64encode(portrait).decode()
    browser.run(
        "window.drawn = null;"
        "const canvas = document.createElement('canvas'); canvas.width = canvas.height = 256;"
        f"const poses = {json.dumps(poses.reshape(len(poses), -1).tolist())};"
        f"const packed = fetch('data:;base64,{data}').then((answer) => answer.arrayBuffer());"
        "Promise.all([import('./drawing.js'), packed])"
        ".then(async ([{ Drawing, readPortrait }, bytes]) => {"
        "  const drawing = new Drawing(await readPortrait(bytes)), context = canvas.getContext('2d');"
        "  drawn = poses.map((pose) => (drawing.draw(Float64Array.from(pose), context), canvas.toDataURL()));"
        "}).catch((error) => { drawn = String(error.stack); })"
    )
    browser.wait_until("return window.drawn != null", 60)
    urls = browser.run("return drawn")
    assert isinstance(urls, list), urls
    images = [np.frombuffer(base64.b64decode(url.split(",")[1]), np.uint8) for url in urls]
    return [cv2.imdecode(image, cv2.IMREAD_COLOR)[..., ::-1] for image in images]
