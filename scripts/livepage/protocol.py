"""Protocol of the live socket: what goes over it, in bytes. README.md describes it."""

import json
import struct
from typing import Any

import cv2
import numpy as np

from module1_audio2lmk.foundation.errors import InputError
from module2_drawing.live import LiveFrame

#: number, time s, pushed s (NaN at rest), bytes of sound, bytes of picture; little-endian.
HEADER = struct.Struct("<IddII")
QUALITY = 85  # of JPEG
LARGEST_MESSAGE = 512 * 1024  # bytes
_LARGEST_PICTURE = 1280 * 1280  # px of a camera's picture
MODES = ("speech", "camera")
KINDS = ("start", "interrupt", "idle")


def frame_message(frame: LiveFrame) -> tuple[bytes, bytes]:
    """A frame → its message, and the same without the picture, for a viewer who is behind."""
    picture = cv2.extractChannel(frame.picture, 0)  # of grey ones it takes half of the time
    if not np.array_equal(cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB), frame.picture):
        picture = cv2.cvtColor(frame.picture, cv2.COLOR_RGB2BGR)
    encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes()
    sound = np.rint(np.clip(frame.sound, -1, 1) * 32767).astype("<i2").tobytes()
    pushed = float("nan") if frame.pushed is None else frame.pushed

    def message(content: bytes) -> bytes:
        return HEADER.pack(frame.number, frame.time, pushed, len(sound), len(content)) + sound + content

    return message(encoded), message(b"")


def read_command(text: str) -> dict[str, Any]:
    """A text message of a client, checked. Raises InputError where it is no command."""
    try:
        command = json.loads(text)
    except ValueError:
        raise InputError('send JSON, such as {"type": "interrupt"}') from None
    if not isinstance(command, dict) or command.get("type") not in KINDS:
        raise InputError(f"unknown type; send one of {', '.join(KINDS)}")
    if command["type"] == "start":
        mode, rate = command.setdefault("mode", "speech"), command.setdefault("rate", 16000)
        if mode not in MODES:
            raise InputError(f"unknown mode; send one of {', '.join(MODES)}")
        if type(rate) is not int or not 8000 <= rate <= 96000:
            raise InputError("the rate is samples a second, 8000 to 96000")
        command["realtime"] = command.get("realtime") is True
    return command


def read_sound(content: bytes) -> np.ndarray:
    """16-bit little-endian mono samples → (n,) int16."""
    if len(content) % 2:
        raise InputError("sound is 16-bit samples: an even number of bytes")
    return np.frombuffer(content, "<i2").astype(np.int16)


def read_picture(content: bytes) -> np.ndarray:
    """A JPEG, PNG or WebP of a camera → (H, W, 3) uint8 RGB. Raises InputError where it is none."""
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR) if content else None
    if picture is None or picture.shape[0] * picture.shape[1] > _LARGEST_PICTURE:
        raise InputError("a camera's picture is a JPEG, PNG or WebP of up to 1280×1280 px")
    return np.ascontiguousarray(picture[..., ::-1])
