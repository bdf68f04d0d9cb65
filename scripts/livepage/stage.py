"""Stage: one live session whose frames go to all viewers, each encoded once."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable

from module2_drawing.live import LiveSession

from .protocol import frame_message

_BEHIND = 6  # frames that wait for a viewer before its pictures are left out
_LOST = 75  # frames that wait before a viewer is taken for gone


class Viewer:
    """The messages that wait for one viewer."""

    def __init__(self) -> None:
        self.messages: deque[bytes] = deque()
        self.arrived = asyncio.Event()
        self.gone = False
        self.left_out = 0

    def put(self, message: bytes, without_picture: bytes) -> None:
        """A frame for this viewer; its picture is left out where it is behind."""
        behind = len(self.messages) >= _BEHIND
        self.left_out += behind
        self.messages.append(without_picture if behind else message)
        self.gone = self.gone or len(self.messages) > _LOST
        self.arrived.set()

    async def next(self) -> bytes | None:
        """The next message; None where the viewer is gone."""
        while not self.messages and not self.gone:
            self.arrived.clear()
            await self.arrived.wait()
        return None if self.gone else self.messages.popleft()


class Stage:
    """Draws in a thread while somebody looks. failure: what ended it; on_failure: called in the loop then."""

    def __init__(self, session: LiveSession) -> None:
        self.session = session
        self.viewers: set[Viewer] = set()
        self.failure: BaseException | None = None
        self.on_failure: Callable[[], None] = lambda: None
        self._watched = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    def close(self) -> None:
        self.session.close()
        self._watched.set()
        self._thread.join(5)

    def enter(self) -> Viewer:
        """A new viewer, who gets the frames from now on."""
        viewer = Viewer()
        self.viewers.add(viewer)
        self._watched.set()
        return viewer

    def leave(self, viewer: Viewer) -> None:
        self.viewers.discard(viewer)
        if not (self.viewers or self.session.closed):
            self._watched.clear()

    def dismiss(self) -> None:
        """No viewer gets anything more."""
        for viewer in self.viewers:
            viewer.gone = True
            viewer.arrived.set()

    def _run(self) -> None:
        try:
            for frame in self.session.frames():
                messages = frame_message(frame)
                self._loop.call_soon_threadsafe(self._hand_out, *messages)
                self._watched.wait()
        except BaseException as error:  # the server tells it and ends
            self.failure = error
            self._loop.call_soon_threadsafe(self._end)

    def _hand_out(self, message: bytes, without_picture: bytes) -> None:
        for viewer in self.viewers:
            viewer.put(message, without_picture)

    def _end(self) -> None:
        self.dismiss()
        self.on_failure()
