"""Decoded video frame → what a player shows: upright, square pixels, standard range, on white."""

from fractions import Fraction

import av
import cv2
import numpy as np
from av.sidedata.sidedata import Type

#: PQ and HLG, transfer characteristics of ITU-T H.273.
HDR = _PQ, _HLG = 16, 18
_REFERENCE_WHITE = 203.0  # cd/m² of paper white in HDR, ITU-R BT.2408
_HLG_WHITE = 0.265  # scene light of the 75 % signal that BT.2408 gives to paper white
_KNEE = 0.75  # linear light above which highlights are compressed
_BRIGHTEST = 50.0  # largest linear light, in units of paper white, that the table holds
#: BT.2020 → BT.709 primaries, linear light, ITU-R BT.2087.
_TO_BT709 = np.array(
    [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], np.float32
)
_EXTREME_ASPECT = 8  # a pixel longer than this is a damaged header


def shown(frame: av.VideoFrame, aspect: Fraction | None) -> np.ndarray:
    """A frame → (H, W, 3) uint8 RGB as players show it. aspect: width of a pixel in units of its height."""
    if frame.color_trc in HDR:
        image = standard_range(frame.to_ndarray(format="rgb48le"), frame.color_trc)
    elif any(component.is_alpha for component in frame.format.components):
        image = _on_white(frame.to_ndarray(format="rgba"))
    else:
        image = frame.to_ndarray(format="rgb24")
    return np.ascontiguousarray(_upright(_square_pixels(image, aspect), display_matrix(frame)))


def display_matrix(frame: av.VideoFrame) -> np.ndarray | None:
    """(2, 2) of the display matrix beside the picture: a row for the columns, one for the rows of the frame.

    PyAV's `rotation` is an angle, which says nothing of mirrors.
    """
    try:
        data = frame.side_data.get(Type.DISPLAYMATRIX)
    except ValueError:  # data of a kind that PyAV does not know, such as EXIF, hide all others
        turn = np.deg2rad(frame.rotation)
        return np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    return None if data is None else np.frombuffer(bytes(data), np.int32).reshape(3, 3)[:2, :2]


def _upright(image: np.ndarray, matrix: np.ndarray | None) -> np.ndarray:
    """Turned and mirrored by multiples of 90°, the nearest to the matrix."""
    if matrix is None or not matrix.any():
        return image
    (a, b), (c, d) = matrix.astype(np.float64)
    if a * a + d * d >= b * b + c * c:
        across, down = a, d
    else:
        image, across, down = image.swapaxes(0, 1), c, b
    image = image[:, ::-1] if across < 0 else image
    return image[::-1] if down < 0 else image


def _square_pixels(image: np.ndarray, aspect: Fraction | None) -> np.ndarray:
    """The shorter side of the pixels is stretched, so that nothing is lost."""
    if not aspect or aspect == 1 or not Fraction(1, _EXTREME_ASPECT) <= aspect <= _EXTREME_ASPECT:
        return image
    height, width = image.shape[:2]
    size = (round(width * aspect), height) if aspect > 1 else (width, round(height / aspect))
    return cv2.resize(image, size, interpolation=cv2.INTER_CUBIC)


def _on_white(image: np.ndarray) -> np.ndarray:
    """(H, W, 4) → (H, W, 3), as photos with transparency."""
    alpha = image[..., 3:].astype(np.uint16)
    return ((image[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)


def standard_range(signal: np.ndarray, transfer: int) -> np.ndarray:
    """(H, W, 3) uint16 BT.2020 PQ or HLG → uint8 sRGB: paper white stays white, highlights are compressed."""
    linear = cv2.transform(_LIGHT[transfer][signal], _TO_BT709)
    # The table is finest where it is dark: its index is the root of the light.
    index = np.sqrt(np.clip(linear, 0, _BRIGHTEST) / _BRIGHTEST) * (len(_SRGB) - 1)
    return _SRGB[np.rint(index).astype(np.uint16)]


def _pq_light(signal: np.ndarray) -> np.ndarray:
    """SMPTE ST 2084 → light in units of paper white."""
    power = signal ** (1 / 78.84375)
    light = np.maximum(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)
    return 10_000 / _REFERENCE_WHITE * light ** (1 / 0.1593017578125)


def _hlg_light(signal: np.ndarray) -> np.ndarray:
    """ARIB STD-B67 → light in units of paper white, shown on a display of about 330 cd/m².

    There the system gamma that BT.2390 gives, 1.2 · 1.111^log2(L / 1000), is 1.
    """
    bright = np.exp((signal - 0.55991073) / 0.17883277) + 0.28466892
    return np.where(signal <= 0.5, signal * signal / 3, bright / 12) / _HLG_WHITE


def _srgb(light: np.ndarray) -> np.ndarray:
    over = np.maximum(light - _KNEE, 0) / (1 - _KNEE)
    light = np.where(light > _KNEE, _KNEE + (1 - _KNEE) * (1 - np.exp(-over)), light)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


_STEPS = np.linspace(0, 1, 65536)
_LIGHT = {_PQ: _pq_light(_STEPS).astype(np.float32), _HLG: _hlg_light(_STEPS).astype(np.float32)}
_SRGB = np.rint(255 * _srgb(_BRIGHTEST * _STEPS**2)).astype(np.uint8)
