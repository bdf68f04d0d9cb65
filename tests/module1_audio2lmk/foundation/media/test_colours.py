"""Colours of photos become sRGB: profiles of every kind, gamma of PNG, HDR."""

import struct
import zlib
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, ImageCms

from module1_audio2lmk.foundation.media import read_image


@pytest.fixture
def ramp() -> np.ndarray:
    """(48, 64, 3) uint8: red grows to the right, green downwards."""
    rows, columns = np.mgrid[0:48, 0:64]
    return np.stack([columns * 4, rows * 5, np.full_like(rows, 90)], -1).astype(np.uint8)


def swapped_profile() -> tuple[bytes, bytes]:
    """sRGB, and a profile whose first primary is green: what it calls red is shown green."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    other = profile.replace(b"rXYZ", b"....").replace(b"gXYZ", b"rXYZ").replace(b"....", b"gXYZ")
    return profile, other


def profile_of(kind: bytes, space: bytes, connected: bytes, tags: dict[bytes, bytes]) -> bytes:
    """An ICC profile, version 2, of a device's colour space and the space it is connected by."""
    start, table, body = 132 + 12 * len(tags), b"", b""
    for name, data in tags.items():
        table += struct.pack(">4sII", name, start + len(body), len(data))
        body += data + b"\0" * (-len(data) % 4)
    illuminant = struct.pack(">3i", *(round(v * 65536) for v in (0.9642, 1, 0.8249)))
    head = struct.pack(">I4sI4s4s4s", start + len(body), b"none", 0x02400000, kind, space, connected)
    head = head.ljust(36, b"\0") + b"acsp"
    return head.ljust(68, b"\0") + illuminant.ljust(60, b"\0") + struct.pack(">I", len(tags)) + table + body


def press() -> bytes:
    """CMYK whose cyan prints red and whose black prints black; the others leave the paper white."""
    white, red, black = (255, 128, 128), (138, 209, 198), (0, 128, 128)  # Lab in 8 bits
    nodes = bytes(v for printed in (white, red) for _ in range(4) for v in printed + black)
    identity = struct.pack(">9i", *(65536 if i % 4 == 0 else 0 for i in range(9)))
    ramp = bytes(range(256))
    return profile_of(
        b"prtr",
        b"CMYK",
        b"Lab ",
        {b"A2B0": b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + identity + ramp * 4 + nodes + ramp * 3},
    )


def linear_grey() -> bytes:
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(v * 65536) for v in (0.9642, 1, 0.8249)))
    return profile_of(b"mntr", b"GRAY", b"XYZ ", {b"wtpt": white, b"kTRC": b"curv" + bytes(8)})


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_colours_of_another_profile(tmp_path: Path, ramp: np.ndarray, mode: str) -> None:
    """A damaged profile is none."""
    profile, other = swapped_profile()
    image = Image.fromarray(ramp // 64 * 64).convert(mode)
    stored = np.asarray(image.convert("RGB")).astype(int)
    shown = {}
    for name, kept in {"sRGB": profile, "other": other, "damaged": other[:200]}.items():
        image.save(tmp_path / "a.png", icc_profile=kept)
        shown[name] = read_image(tmp_path / "a.png").astype(int)
    assert np.array_equal(shown["sRGB"], stored) and np.array_equal(shown["damaged"], stored)
    assert np.abs(shown["other"] - stored[..., [1, 0, 2]]).max() <= 2


def test_cmyk_by_its_profile(tmp_path: Path) -> None:
    Image.new("CMYK", (16, 16), (255, 0, 0, 0)).save(tmp_path / "a.tif", icc_profile=press())
    red, green, blue = read_image(tmp_path / "a.tif")[8, 8].astype(int)
    assert red > 230 and green < 40 and blue < 40


def test_grey_by_its_profile(tmp_path: Path) -> None:
    """Half of the light is 188 in sRGB, transparent or not."""
    Image.new("L", (16, 16), 128).save(tmp_path / "a.png", icc_profile=linear_grey())
    assert np.abs(read_image(tmp_path / "a.png").astype(int) - 188).max() <= 1
    Image.new("LA", (16, 16), (128, 255)).save(tmp_path / "a.png", icc_profile=linear_grey())
    assert np.abs(read_image(tmp_path / "a.png").astype(int) - 188).max() <= 1


def test_gamma_of_png(tmp_path: Path, ramp: np.ndarray) -> None:
    """Light itself (gamma 1) is made brighter; that of displays, or sRGB beside it, changes nothing."""
    Image.fromarray(ramp).save(tmp_path / "plain.png")
    plain = (tmp_path / "plain.png").read_bytes()

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    for gamma, srgb, expected in (
        (100000, b"", 186),
        (45455, b"", 128),
        (100000, chunk(b"sRGB", b"\0"), 128),
    ):
        stated = srgb + chunk(b"gAMA", struct.pack(">I", gamma))
        (tmp_path / "a.png").write_bytes(plain[:33] + stated + plain[33:])
        assert abs(int(read_image(tmp_path / "a.png")[0, 32, 0]) - expected) <= 1


def test_hdr_photos_are_no_grey_fog(tmp_path: Path) -> None:
    """AVIF in PQ: paper white of 203 cd/m², a signal of 0.58, is white."""
    with av.open(str(tmp_path / "a.avif"), "w", format="avif") as file:
        track = file.add_stream("libsvtav1", rate=1, options={"svtav1-params": "lp=1", "preset": "12"})
        track.width, track.height, track.pix_fmt = 128, 64, "yuv420p10le"
        context = track.codec_context
        context.color_primaries, context.color_trc, context.colorspace, context.color_range = 9, 16, 9, 2
        levels = np.repeat(np.array([[0.41, 0.58]]), 64, axis=1)
        frame = av.VideoFrame.from_ndarray(
            np.repeat((np.tile(levels, (64, 1)) * 65535).astype(np.uint16)[..., None], 3, axis=2), "rgb48le"
        )
        frame = frame.reformat(format="yuv420p10le", dst_colorspace="bt2020", dst_color_range=2)
        for packet in [*track.encode(frame), *track.encode(None)]:
            file.mux(packet)
    read = read_image(tmp_path / "a.avif").astype(int)
    assert read.shape == (64, 128, 3)
    assert np.abs(read[32, 100] - 245).max() < 8 and np.abs(read[32, 20] - 117).max() < 10


def test_hdr_screenshots_are_no_grey_fog(tmp_path: Path) -> None:
    """PNG of 16 bits in PQ, which its chunk cICP says."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    row = np.repeat(np.array([0.41, 0.58]) * 65535, 8).astype(">u2")
    rows = (b"\0" + np.repeat(row[:, None], 3, 1).tobytes()) * 8
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 16, 8, 16, 2, 0, 0, 0))
    content = (
        head
        + chunk(b"cICP", bytes([9, 16, 0, 1]))
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + content)
    read = read_image(tmp_path / "a.png").astype(int)
    assert np.abs(read[:, 8:] - 245).max() < 5 and np.abs(read[:, :8] - 117).max() < 5
