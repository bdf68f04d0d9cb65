"""Server of the live page: the page, its socket, and who may use them.

It listens on this machine alone unless told otherwise. Page and socket want the token that the command
prints, which no other site's page knows; an `Origin` of another site is refused besides.
"""

import asyncio
import hmac
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aiohttp import WSCloseCode, WSMsgType, web

from module1_audio2lmk.foundation.errors import InputError, say
from module1_audio2lmk.foundation.face.live_drive import CameraDrive
from module1_audio2lmk.live import CATCH_UP, LiveSpeech
from module2_drawing.live.switch import Switch

from .protocol import LARGEST_MESSAGE, read_command, read_picture, read_sound
from .stage import Stage, Viewer

FOLDER = Path(__file__).parent
SCRIPTS = "live", "player", "microphone"
FILES = {"/live.css": "text/css"} | {f"/{name}.js": "text/javascript" for name in SCRIPTS}
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_REFUSED = "Open the address that the command printed: it ends in a token."
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_HEARTBEAT = 10.0  # s


class LiveServer:
    """Page and socket over one stage. host: address that is listened on; most: viewers at a time."""

    def __init__(self, stage: Stage, token: str, host: str, most: int) -> None:
        self.stage, self._token, self._host, self._most = stage, token, host, most
        self._leader: Viewer | None = None  # who moves the face
        self._rate = 16000

    def application(self) -> web.Application:
        application = web.Application()
        application.router.add_get("/", self._page)
        application.router.add_get("/live", self._socket)
        for path in FILES:
            application.router.add_get(path, self._file)
        application.on_startup.append(self._start)
        application.on_shutdown.append(self._close)
        return application

    async def _start(self, _: web.Application) -> None:
        self.stage.start()

    async def _close(self, _: web.Application) -> None:
        self.stage.dismiss()  # aiohttp would wait for them
        await asyncio.to_thread(self.stage.close)

    def _admitted(self, request: web.Request) -> bool:
        """Whether a request has the token, names this server as its host, and is of no other site."""
        host = urlsplit(f"//{request.host}").hostname
        if self._host in _LOOPBACK and host not in _LOOPBACK:
            return False  # a name of somewhere else that was pointed at this machine
        origin = request.headers.get("Origin")
        if origin is not None and urlsplit(origin).netloc != request.host:
            return False
        return hmac.compare_digest(request.query.get("token", "").encode(), self._token.encode())

    async def _page(self, request: web.Request) -> web.Response:
        if not self._admitted(request):
            return web.Response(status=403, text=_REFUSED, headers=_HEADERS)
        text = (FOLDER / "live.html").read_text(encoding="utf-8")
        return web.Response(text=text, content_type="text/html", headers=_HEADERS)

    async def _file(self, request: web.Request) -> web.Response:
        text = (FOLDER / request.path[1:]).read_text(encoding="utf-8")
        return web.Response(text=text, content_type=FILES[request.path], headers=_HEADERS)

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        if not self._admitted(request):
            return web.Response(status=403, text=_REFUSED)
        socket = web.WebSocketResponse(max_msg_size=LARGEST_MESSAGE, heartbeat=_HEARTBEAT, compress=False)
        await socket.prepare(request)
        if len(self.stage.viewers) >= self._most:
            told = f"{self._most} viewers look already; try again later"
            await socket.close(code=WSCloseCode.TRY_AGAIN_LATER, message=told.encode())
            return socket
        session = self.stage.session
        viewer = self.stage.enter()
        hello = {"type": "hello", "fps": float(session.source.fps), "rate": session.source.sound_rate}
        await socket.send_json(hello)
        sending = asyncio.create_task(self._send(socket, viewer))
        try:
            async for message in socket:
                await self._receive(socket, viewer, message)
        finally:
            sending.cancel()
            self.stage.leave(viewer)
            if self._leader is viewer:
                self._yield_face()
        return socket

    async def _send(self, socket: web.WebSocketResponse, viewer: Viewer) -> None:
        with suppress(ConnectionError):
            while (message := await viewer.next()) is not None:
                await socket.send_bytes(message)
        await socket.close(
            code=WSCloseCode.INTERNAL_ERROR, message=b"the drawing ended, or this viewer was too slow"
        )

    async def _receive(self, socket: web.WebSocketResponse, viewer: Viewer, message: Any) -> None:
        """One message of a client; what is wrong with it is answered, and the session goes on."""
        try:
            if message.type is WSMsgType.TEXT:
                self._run_command(read_command(message.data), viewer)
            elif message.type is WSMsgType.BINARY:
                await self._receive_audio(message.data, viewer)
        except InputError as error:
            await socket.send_json({"type": "error", "message": str(error)})

    @property
    def _source(self) -> Switch:
        return self.stage.session.source  # type: ignore[return-value]

    @property
    def _speech(self) -> LiveSpeech:
        return self._source.sources["speech"]  # type: ignore[return-value]

    def _run_command(self, command: dict[str, Any], viewer: Viewer) -> None:
        if self._leader not in (None, viewer):
            raise InputError("someone else moves the face now")
        if command["type"] == "interrupt":
            self._source.interrupt()
        elif command["type"] == "idle":
            self._yield_face()
        else:
            self._leader, self._rate = viewer, command["rate"]
            self._speech.catch_up = CATCH_UP if command["realtime"] else None
            self._source.choose(command["mode"])

    async def _receive_audio(self, content: bytes, viewer: Viewer) -> None:
        if self._leader is not viewer:
            raise InputError('send {"type": "start"} first')
        source = self._source.current
        if isinstance(source, CameraDrive):
            source.show(await asyncio.to_thread(read_picture, content), time.monotonic())
        else:
            source.push(read_sound(content), self._rate)

    def _yield_face(self) -> None:
        self._leader = None
        self._source.choose("speech")


def serve(server: LiveServer, host: str, port: int, token: str) -> None:
    """Run until Ctrl-C. Raises InputError where the port cannot be used, and what ended the drawing."""
    shown = f"[{host}]" if ":" in host else host

    def end() -> None:
        raise web.GracefulExit

    server.stage.on_failure = end
    try:
        web.run_app(
            server.application(),
            host=host,
            port=port,
            print=lambda *_: say(f"page: http://{shown}:{port}/?token={token}"),
            access_log=None,
        )
    except OSError as error:
        raise InputError(f"cannot listen on {shown}:{port} ({error.strerror}); give another --port") from None
    if server.stage.failure:
        raise server.stage.failure
