"""Live page: who may use it, the plain protocol, and the page itself in Chromium with a fake microphone."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from types import SimpleNamespace

import aiohttp
import browser_tools
import cv2
import numpy as np
import pytest
from aiohttp import web

from module1_audio2lmk import SpeechToLandmarks
from module1_audio2lmk.foundation.face.align import AlignedFace
from module1_audio2lmk.foundation.face.live_drive import CameraDrive
from module1_audio2lmk.foundation.media import read_audio
from module2_drawing import PortraitAnimator
from module2_drawing.live import LiveFrame, LiveSession
from module2_drawing.live.switch import Switch
from scripts.livepage.protocol import HEADER
from scripts.livepage.server import LiveServer
from scripts.livepage.stage import Stage

TOKEN, RATE = "opens", 24000
MOST = 10  # viewers
# Every frame that the page shows: what it does at that time, and how dark the lower half of the face is.
RECORD = """
    const page = CanvasRenderingContext2D.prototype, draw = page.drawImage;
    live.seen = [];
    page.drawImage = function (...given) {
      draw.apply(this, given);
      if (this.canvas.id !== "drawing") return;
      const pixels = this.getImageData(64, 128, 128, 96).data;
      live.seen.push([live.doing, pixels.reduce((sum, value) => sum + 255 - value, 0) / pixels.length]);
    };
"""
# Keeps what the page sends, and its microphone.
TAP = """
    [live.sent, live.microphones] = [[], 0];
    const send = WebSocket.prototype.send, Node = AudioWorkletNode;
    WebSocket.prototype.send = function (message) { live.sent.push(message); send.call(this, message); };
    AudioWorkletNode = function (...given) {
        live.microphones += 1;
        return live.microphone = new Node(...given);
    };
"""


class Served:
    """A live server in a thread of this process."""

    def __init__(self, server: LiveServer) -> None:
        self._ready, self._ended = threading.Event(), asyncio.Event()
        self._thread = threading.Thread(target=asyncio.run, args=(self._run(server),))
        self._thread.start()
        assert self._ready.wait(30)

    async def _run(self, server: LiveServer) -> None:
        self._loop = asyncio.get_running_loop()
        runner = web.AppRunner(server.application())
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._ended.wait()
        await runner.cleanup()

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(20)


@pytest.fixture(scope="module")
def served(face: AlignedFace) -> Iterator[Served]:
    animator = PortraitAnimator("drawing", size=256)
    animator.prepare(face)
    speech = SpeechToLandmarks(front_end="mel").live(face, sound_rate=RATE)
    session = LiveSession(animator, Switch({"speech": speech, "camera": CameraDrive(face)}))
    server = Served(LiveServer(Stage(session), TOKEN, "127.0.0.1", most=MOST))
    yield server
    server.close()


def test_only_who_has_the_token_and_is_no_other_site_gets_in(served: Served) -> None:
    async def statuses() -> list[int]:
        base, found = f"http://127.0.0.1:{served.port}", []
        async with aiohttp.ClientSession() as client:
            for path, headers in (
                ("/", {}),
                ("/?token=wrong", {}),
                (f"/?token={TOKEN}", {"Host": "elsewhere.example"}),
                (f"/live?token={TOKEN}", {"Origin": "http://elsewhere.example"}),
                (f"/?token={TOKEN}", {"Origin": base}),
                ("/live.js", {}),
                ("/../server.py", {}),
            ):
                async with client.get(base + path, headers=headers) as answer:
                    found.append(answer.status)
        return found

    assert asyncio.run(statuses()) == [403, 403, 403, 403, 200, 200, 404]


def sound_of(frame: bytes) -> np.ndarray:
    return np.frombuffer(frame, "<i2", HEADER.unpack_from(frame)[3] // 2, HEADER.size)


def test_the_plain_protocol(served: Served, voice_path: Path, photo: np.ndarray) -> None:
    voice = (read_audio(voice_path, 16000)[8000:32000] * 32767).astype("<i2").tobytes()

    async def talk() -> tuple[list[bytes], list[dict], int]:
        url, frames, texts = f"ws://127.0.0.1:{served.port}/live?token={TOKEN}", [], []
        async with (
            aiohttp.ClientSession() as client,
            client.ws_connect(url) as socket,
            client.ws_connect(url) as other,
        ):
            await socket.send_bytes(voice[:640])  # too early
            await socket.send_str("no JSON")
            await socket.send_json({"type": "start", "rate": 16000})
            while len(texts) < 3:
                if (message := await socket.receive(20)).type is aiohttp.WSMsgType.TEXT:
                    texts.append(json.loads(message.data))
            await other.send_json({"type": "start"})
            while (message := await other.receive(20)).type is not aiohttp.WSMsgType.CLOSED:
                if message.type is aiohttp.WSMsgType.TEXT and "error" in message.data:
                    texts.append(json.loads(message.data))
                    break
            for _ in range(4):
                await socket.send_bytes(voice)
            heard = quiet = (
                0  # samples of the voice, of 1.5 s four times, at 24 kHz; silent frames at the end
            )
            while heard < 24000:
                frames.append((await socket.receive(20)).data)
                heard += np.count_nonzero(sound_of(frames[-1]))
            await socket.send_json({"type": "interrupt"})
            while quiet < 25:
                sound = sound_of((await socket.receive(20)).data)
                heard += np.count_nonzero(sound)
                quiet = 0 if sound.any() else quiet + 1
        return frames, texts, heard

    frames, texts, heard = asyncio.run(talk())
    assert heard < 100_000  # of 144,000: the rest was interrupted
    assert [text["type"] for text in texts] == ["hello", "error", "error", "error"]
    assert texts[0] == {"type": "hello", "fps": 25.0, "rate": 24000}
    assert 'send {"type": "start"} first' in texts[1]["message"] and "send JSON" in texts[2]["message"]
    assert "someone else" in texts[3]["message"]
    heads = [HEADER.unpack_from(frame) for frame in frames]
    assert [len(frame) - HEADER.size for frame in frames] == [head[3] + head[4] for head in heads]
    pushed = [head[2] for head in heads if not np.isnan(head[2])]
    assert pushed == sorted(pushed)
    assert np.abs(np.concatenate([sound_of(frame) for frame in frames])).max() > 1000
    frame, head = frames[-1], heads[-1]
    picture = cv2.imdecode(np.frombuffer(frame, np.uint8, head[4], HEADER.size + head[3]), cv2.IMREAD_COLOR)
    assert picture.shape == (256, 256, 3) and picture.std() > 20


def test_ten_viewers_see_one_face_and_one_more_is_told_so(served: Served) -> None:
    async def watch() -> list[dict[int, bytes]]:
        url, seen = f"ws://127.0.0.1:{served.port}/live?token={TOKEN}", []
        async with aiohttp.ClientSession() as client, AsyncExitStack() as stack:
            sockets = [await stack.enter_async_context(client.ws_connect(url)) for _ in range(MOST)]
            refused = await (await client.ws_connect(url)).receive(20)
            assert (refused.data, refused.extra) == (1013, "10 viewers look already; try again later")

            async def frames_of(socket: aiohttp.ClientWebSocketResponse) -> dict[int, bytes]:
                messages = [await socket.receive(20) for _ in range(9)]
                frames = [m.data for m in messages if m.type is aiohttp.WSMsgType.BINARY]
                return {HEADER.unpack_from(frame)[0]: frame for frame in frames}

            seen = await asyncio.gather(*map(frames_of, sockets))
        return seen

    seen = asyncio.run(watch())
    assert all(len(frames) == 8 for frames in seen)
    common = set.intersection(*map(set, seen))
    assert common and all(len({frames[number] for frames in seen}) == 1 for number in common)


def test_viewers_are_told_that_the_server_ends() -> None:
    class Still:
        source, closed = SimpleNamespace(fps=25, sound_rate=RATE), False

        def frames(self) -> Iterator[LiveFrame]:
            while not self.closed:
                time.sleep(0.01)
                yield LiveFrame(0, 0.0, np.zeros((8, 8, 3), np.uint8), np.zeros(960, np.float32), 0.0, None)

        def close(self) -> None:
            self.closed = True

    still = Served(LiveServer(Stage(Still()), TOKEN, "127.0.0.1", MOST))

    async def last_message() -> aiohttp.WSMessage:
        url = f"ws://127.0.0.1:{still.port}/live?token={TOKEN}"
        async with aiohttp.ClientSession() as client, client.ws_connect(url, autoclose=False) as socket:
            await socket.receive(20)
            closing = asyncio.create_task(asyncio.to_thread(still.close))
            while (message := await socket.receive(20)).type is aiohttp.WSMsgType.BINARY:
                continue
            await socket.close()
            await closing
            return message

    message = asyncio.run(last_message())
    assert (message.data, message.extra[:17]) == (1011, "the drawing ended")


async def while_another_moves_it(served: Served, act: Callable[[], None]) -> None:
    url = f"ws://127.0.0.1:{served.port}/live?token={TOKEN}"
    async with aiohttp.ClientSession() as client, client.ws_connect(url) as socket:
        await socket.send_json({"type": "start"})
        await socket.receive(20)
        await asyncio.to_thread(act)


@pytest.mark.skipif(not browser_tools.installed(), reason="needs chromium and chromium-driver")
def test_the_page_speaks_and_hushes(served: Served, voice_path: Path, tmp_path: Path) -> None:
    devices = (
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={voice_path}",
        "--autoplay-policy=document-user-activation-required",
    )
    with browser_tools.browser(tmp_path, devices) as browser:
        browser.open(f"http://127.0.0.1:{served.port}/?token={TOKEN}")
        browser.wait_until("return live.player !== undefined")
        browser.wait_until("return live.player.statistics.shown > 5")
        browser.run("Object.assign(live.player.statistics, { shown: 0, missed: 0 })")
        browser.wait_until("return live.player.statistics.shown > 20")
        shown = "live.player.statistics.shown > live.player.statistics.missed"
        assert browser.run(f"return live.player.audio.state === 'suspended' && {shown}"), "it moves unclicked"
        browser.run(RECORD + TAP)

        def refused() -> None:
            browser.click("#speak")
            told = "document.querySelector('#message').textContent.includes('someone else')"
            browser.wait_until(f"return {told} && live.doing === null")

        asyncio.run(while_another_moves_it(served, refused))
        browser.run("live.microphones = 0; const s = document.querySelector('#speak'); s.click(); s.click();")
        spoken = "live.seen.filter(([doing]) => doing === 'voice')"
        browser.wait_until(f"return {spoken}.length >= 25 && live.player.statistics.latencies.length >= 10")
        assert browser.run("return document.querySelector('#state').textContent") == "listening"
        assert browser.run("return live.microphones") == 1, "a second click borrows no second one"
        assert browser.run("return live.player.statistics.drifts.every(Number.isFinite)")
        inked = "return [...document.querySelector('canvas').getContext('2d').getImageData(0,0,256,256).data]"
        assert np.std(browser.run(inked)) > 20
        open_ = browser.run(f"return {spoken}.map(([, dark]) => dark)")
        browser.click("#hush")
        # A piece of the microphone that was on its way is not sent: nobody is there to hear it.
        late = (
            "live.microphone.port.dispatchEvent(new MessageEvent('message', { data: new ArrayBuffer(640) }))"
        )
        assert browser.run(f"live.sent.length = 0; {late}; return live.sent.length") == 0
        browser.run("live.seen.length = 0")
        # Frames that were on their way, then those of a mouth that has shut.
        browser.wait_until("return live.seen.length >= 50")
        shut = browser.run("return live.seen.map(([, dark]) => dark)")
        # The head sways and eyes blink at rest, too: the mouth alone makes the difference.
        assert np.ptp(open_) > 1.5 * np.ptp(shut[-20:])
        assert browser.run("return document.querySelector('#state').textContent") == "at rest"
        for _ in range(2):  # the same recording
            browser.upload("#recording", str(voice_path))
            browser.wait_until("return live.doing === 'recording'")
            browser.click("#hush")
            browser.wait_until("return live.doing === null")
        browser.run("Object.defineProperty(document, 'hidden', { value: true })")
        browser.wait_until("return live.player.pictures.length === 0")
        seen = browser.run("return live.seen.length")
        time.sleep(0.5)
        assert browser.run("return live.seen.length + live.player.pictures.length") == seen, "nobody looks"
        assert browser.errors() == []
