"""Stage of the live page: viewers who are behind, a drawing that fails, and commands that are none."""

import asyncio
from collections.abc import Iterator

import numpy as np
import pytest

from module1_audio2lmk.foundation.errors import InputError
from module2_drawing.live import LiveFrame
from scripts.livepage.protocol import HEADER, frame_message, read_command
from scripts.livepage.server import LiveServer, serve
from scripts.livepage.stage import Stage, Viewer


def test_a_viewer_who_is_behind_gets_sound_alone_and_then_nothing() -> None:
    frame = LiveFrame(3, 0.12, np.zeros((8, 8, 3), np.uint8), np.zeros(960, np.float32), 0.12, None)
    whole, sound = frame_message(frame)
    assert len(sound) == HEADER.size + 1920 < len(whole)

    async def fall_behind() -> Viewer:
        viewer = Viewer()
        for _ in range(80):
            viewer.put(whole, sound)
        assert await viewer.next() is None
        return viewer

    viewer = asyncio.run(fall_behind())
    assert list(viewer.messages)[:8] == [whole] * 6 + [sound] * 2 and viewer.gone


def test_a_drawing_that_fails_ends_the_server_and_is_told() -> None:
    class Failing:
        closed = False

        def frames(self) -> Iterator[LiveFrame]:
            raise InputError("it is lost")

        def close(self) -> None:
            self.closed = True

    session = Failing()
    with pytest.raises(InputError, match="it is lost"):
        serve(LiveServer(Stage(session), "opens", "127.0.0.1", 1), "127.0.0.1", 0, "opens")
    assert session.closed


@pytest.mark.parametrize(
    "text", ["[]", '{"type": "fly"}', '{"type": "start", "rate": 9}', '{"type": "start", "mode": 3}']
)
def test_commands_that_are_none(text: str) -> None:
    with pytest.raises(InputError):
        read_command(text)
