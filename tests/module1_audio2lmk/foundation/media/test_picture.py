"""What a player shows is what is read: orientation, pixel shape, colour, transparency, whole frames."""

import itertools
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from media_files import quarters, set_matrix, write_film

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.media import container, first_frame, iter_frames


def difference(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a.astype(int) - b).mean())


@pytest.mark.parametrize("signs", list(itertools.product((1, -1), repeat=2)))
@pytest.mark.parametrize("turned", [False, True])
def test_all_eight_orientations(tmp_path: Path, signs: tuple[int, int], turned: bool) -> None:
    """The matrix says where a step to the right and one down in the stored picture lead on the screen."""
    path = write_film(tmp_path / "a.mp4", [quarters()] * 2, [0, 0.04])
    right, down = (0, signs[0]), (signs[1], 0)
    set_matrix(path, right if turned else (signs[0], 0), down if turned else (0, signs[1]))
    expected = quarters()
    # Without a turn columns keep their axis; signs are those of the screen's axes.
    rows, columns = signs if turned else signs[::-1]
    expected = (expected.swapaxes(0, 1) if turned else expected)[::rows, ::columns]
    read = first_frame(path)
    assert read.shape == expected.shape
    assert difference(read, expected) < 6


@pytest.mark.parametrize("aspect", [Fraction(16, 9), Fraction(4, 3), Fraction(9, 16), Fraction(16, 11)])
def test_pixels_that_are_not_square(tmp_path: Path, aspect: Fraction) -> None:
    path = write_film(tmp_path / "a.mp4", [quarters(90, 120)] * 2, [0, 0.04], aspect=aspect)
    height, width = first_frame(path).shape[:2]
    assert width / height == pytest.approx(float(120 * aspect / 90), rel=0.01)
    assert (height, width) >= (90, 120)


def test_the_shape_of_pixels_is_that_of_the_stored_picture(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mp4", [quarters(96, 64)] * 2, [0, 0.04], aspect=Fraction(2))
    set_matrix(path, (0, 1), (-1, 0))
    assert first_frame(path).shape == (128, 96, 3)


def test_an_absurd_pixel_shape_is_no_shape(tmp_path: Path) -> None:
    path = write_film(tmp_path / "a.mkv", [quarters()] * 2, [0, 0.04], aspect=Fraction(5000, 1))
    assert first_frame(path).shape == quarters().shape


def test_a_picture_too_large_is_refused_before_it_is_decoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_film(tmp_path / "a.mp4", [quarters()] * 2, [0, 0.04])
    monkeypatch.setattr("module1_audio2lmk.foundation.media.video.MAX_FRAME_PIXELS", 1000)
    with pytest.raises(InputError, match="smaller"):
        first_frame(path)
    assert container.MAX_FRAME_PIXELS >= 7680 * 4320


@pytest.mark.parametrize(
    ("name", "codec", "pixels", "most"),
    [("a.mov", "qtrle", "argb", 1), ("a.mov", "png", "rgba", 1), ("a.webm", "libvpx-vp9", "yuva420p", 8)],
)
def test_transparency_lies_on_white(tmp_path: Path, name: str, codec: str, pixels: str, most: float) -> None:
    image = np.dstack([quarters(), np.full((96, 128), 255, np.uint8)])
    image[:, :64, 3] = 0
    image[:48, 64:, 3] = 128
    read = first_frame(write_film(tmp_path / name, [image] * 3, [0, 0.04, 0.08], codec, pixels))
    assert difference(read[:, :60], 255) <= most
    expected = np.array([40, 160, 40]) * (128 / 255) + 255 * (127 / 255)
    assert np.abs(read[4:44, 68:124].mean((0, 1)) - expected).max() < 8


def high_range(path: Path, image: np.ndarray, transfer: int) -> Path:
    """An sRGB picture as HDR: BT.2020 primaries, PQ (16) or HLG (18), 10 bits, paper white at 203 cd/m²."""
    image = image / 255
    linear = np.where(image <= 0.04045, image / 12.92, ((image + 0.055) / 1.055) ** 2.4)
    wide = linear @ np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]]).T
    if transfer == 16:
        power = (wide * 0.0203) ** (2610 / 16384)
        signal = ((3424 / 4096 + 2413 / 128 * power) / (1 + 2392 / 128 * power)) ** (2523 / 32)
    else:
        scene = wide * 0.265
        bright = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
        signal = np.where(scene <= 1 / 12, np.sqrt(3 * scene), bright)
    with av.open(str(path), "w") as output:
        # FFV1 is lossless everywhere; headers of libx265 are now and then refused by the MP4 muxer.
        stream = output.add_stream("ffv1", rate=25)
        stream.height, stream.width, stream.pix_fmt = *image.shape[:2], "yuv444p10le"
        context = stream.codec_context
        context.color_primaries, context.color_trc, context.colorspace, context.color_range = (
            9,
            transfer,
            9,
            1,
        )
        frame = av.VideoFrame.from_ndarray(np.rint(signal * 65535).astype(np.uint16), format="rgb48le")
        frame = frame.reformat(format="yuv444p10le", dst_colorspace=9)
        frame.color_trc, frame.color_primaries = transfer, 9
        frame.pts, frame.time_base = 0, Fraction(1, 25)
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("transfer", [16, 18])
def test_high_dynamic_range_looks_like_standard_range(tmp_path: Path, transfer: int) -> None:
    image = np.zeros((64, 256, 3), np.uint8)
    image[:] = np.arange(256)[None, :, None]  # a ramp of grey
    image[32:] = quarters(32, 256)
    read = first_frame(high_range(tmp_path / "a.mkv", image, transfer)).astype(int)
    assert np.abs(read[2:30, :220].mean(0) - image[2, :220]).max() < 6
    assert difference(read[32:], image[32:]) < 8
    # Highlights are compressed, not cut: brighter stays brighter.
    assert (np.diff(read[2:30].mean((0, 2))) > -1).all()


def test_interlaced_frames_have_no_comb(tmp_path: Path) -> None:
    """Two half pictures of a bar that moves: every second line lags behind."""
    images = []
    for number in range(8):
        image = np.zeros((96, 128, 3), np.uint8)
        image[::2, 10 + number * 8 : 40 + number * 8] = 255
        image[1::2, 14 + number * 8 : 44 + number * 8] = 255
        images.append(image)
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("mpeg2video", rate=25, options={"flags": "+ildct+ilme", "qscale": "1"})
        stream.height, stream.width, stream.pix_fmt, stream.bit_rate = 96, 128, "yuv420p", 9_000_000
        for number, image in enumerate(images):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    read = np.stack(list(iter_frames(path))).astype(int)
    assert len(read) == 8

    def comb(frames: np.ndarray) -> float:
        return float(np.abs(2 * frames[:, 1:-1] - frames[:, :-2] - frames[:, 2:]).mean())

    assert comb(read[1:-1]) < 0.4 * comb(np.stack(images).astype(int)[1:-1])
