"""Photos of every kind become the same upright RGB array."""

import io
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.media import images, read_image, write_image


@pytest.fixture
def ramp() -> np.ndarray:
    """(48, 64, 3) uint8: red grows to the right, green downwards."""
    rows, columns = np.mgrid[0:48, 0:64]
    return np.stack([columns * 4, rows * 5, np.full_like(rows, 90)], -1).astype(np.uint8)


def test_png_round_trip(tmp_path: Path, ramp: np.ndarray) -> None:
    write_image(tmp_path / "new" / "a.png", ramp)
    assert np.array_equal(read_image(tmp_path / "new" / "a.png"), ramp)


@pytest.mark.parametrize("turn", range(1, 9))
def test_exif_rotation(tmp_path: Path, ramp: np.ndarray, turn: int) -> None:
    stored = {
        1: ramp,
        2: ramp[:, ::-1],
        3: ramp[::-1, ::-1],
        4: ramp[::-1],
        5: ramp.swapaxes(0, 1),
        6: np.rot90(ramp, 1),
        7: np.rot90(ramp, 2).swapaxes(0, 1),
        8: np.rot90(ramp, -1),
    }[turn]
    exif = Image.Exif()
    exif[0x0112] = turn
    Image.fromarray(np.ascontiguousarray(stored)).save(tmp_path / "a.png", exif=exif)
    assert np.array_equal(read_image(tmp_path / "a.png"), ramp)


def test_photos_of_phones_stand_upright() -> None:
    """HEIC, turned by the container (irot) as phones do: white at the top left of 96 × 64."""
    read = read_image(Path(__file__).with_name("turned.heic"))
    assert read.shape == (64, 96, 3)
    assert (read[:28, :44] > 240).all() and (read[36:] < 15).all() and (read[:, 52:] < 15).all()


def test_grey_and_palette(tmp_path: Path, ramp: np.ndarray) -> None:
    grey = ramp[..., 0]
    Image.fromarray(grey).save(tmp_path / "grey.png")
    assert np.array_equal(read_image(tmp_path / "grey.png"), np.repeat(grey[..., None], 3, 2))
    Image.fromarray(ramp).quantize(200).save(tmp_path / "palette.png")
    assert np.abs(read_image(tmp_path / "palette.png").astype(int) - ramp).mean() < 8


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_transparent_is_white(tmp_path: Path, mode: str) -> None:
    image = Image.new("RGBA", (8, 8), (0, 0, 0, 255))
    image.paste((0, 0, 0, 0), (0, 0, 4, 8))
    image = image.quantize() if mode == "PA" else image.convert(mode)
    image.save(tmp_path / "a.png")
    read = read_image(tmp_path / "a.png")
    assert (read[:, :4] == 255).all()
    assert (read[:, 4:] == 0).all()


def test_sixteen_bits_are_scaled(tmp_path: Path, ramp: np.ndarray) -> None:
    grey = ramp[..., 0].astype(np.uint16)
    Image.fromarray(grey * 257).save(tmp_path / "a.png")
    Image.fromarray(grey * 257).save(tmp_path / "a.tif")
    expected = np.repeat(ramp[..., :1], 3, 2)
    assert np.array_equal(read_image(tmp_path / "a.png"), expected)
    assert np.array_equal(read_image(tmp_path / "a.tif"), expected)


def test_sixteen_bit_colour(tmp_path: Path, ramp: np.ndarray) -> None:
    cv2 = pytest.importorskip("cv2")
    for name in ("a.png", "a.tif"):
        cv2.imwrite(str(tmp_path / name), (ramp.astype(np.uint16) * 257)[..., ::-1])
        assert np.abs(read_image(tmp_path / name).astype(int) - ramp).max() <= 1


def test_cmyk_jpeg(tmp_path: Path) -> None:
    Image.new("RGB", (32, 32), (200, 40, 40)).convert("CMYK").save(tmp_path / "a.jpg", quality=95)
    read = read_image(tmp_path / "a.jpg")
    assert read.shape == (32, 32, 3)
    assert np.abs(read.astype(int) - [200, 40, 40]).max() < 12


@pytest.mark.parametrize("suffix", ["jpg", "webp", "bmp", "gif", "tif", "ppm"])
def test_other_formats(tmp_path: Path, photo: np.ndarray, suffix: str) -> None:
    Image.fromarray(photo).save(tmp_path / f"a.{suffix}")
    read = read_image(tmp_path / f"a.{suffix}")
    assert read.dtype == np.uint8
    assert np.abs(read.astype(int) - photo).mean() < 12


def test_a_large_photo(tmp_path: Path) -> None:
    Image.new("RGB", (8000, 6000), (10, 20, 30)).save(tmp_path / "large.jpg", quality=50)
    assert read_image(tmp_path / "large.jpg").shape == (6000, 8000, 3)


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    Image.new("1", (30000, 30000)).save(tmp_path / "bomb.png")
    with pytest.raises(InputError, match="million pixels"):
        read_image(tmp_path / "bomb.png")


def test_the_limit_counts_pixels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ramp: np.ndarray) -> None:
    write_image(tmp_path / "a.png", ramp)
    monkeypatch.setattr(images, "MAX_PIXELS", ramp.shape[0] * ramp.shape[1] - 1)
    with pytest.raises(InputError, match="million pixels"):
        read_image(tmp_path / "a.png")


@pytest.mark.parametrize("suffix", ["jpg", "png", "tif"])
@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
def test_truncated(tmp_path: Path, photo: np.ndarray, suffix: str, kept: float) -> None:
    buffer = io.BytesIO()
    Image.fromarray(photo).save(buffer, {"jpg": "jpeg", "tif": "tiff"}.get(suffix, suffix))
    path = tmp_path / f"cut.{suffix}"
    path.write_bytes(buffer.getvalue()[: int(buffer.tell() * kept)])
    with pytest.raises(InputError, match=r"cut\.\w+ is (damaged|not an image)"):
        read_image(path)


def test_what_is_no_image(tmp_path: Path, voice_path: Path, clip_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("no picture at all")
    for path in (tmp_path / "text.jpg", voice_path, clip_path):
        with pytest.raises(InputError, match="not an image"):
            read_image(path)


def test_unknown_output_format(tmp_path: Path, ramp: np.ndarray) -> None:
    with pytest.raises(InputError, match="image format"):
        write_image(tmp_path / "a.xyz", ramp)
    assert list(tmp_path.iterdir()) == []


def test_sixteen_bits_in_planes_or_with_white_as_zero(tmp_path: Path, ramp: np.ndarray) -> None:
    """Pillow reads these as noise, and as a negative."""
    deep = ramp.astype(np.uint16) * 257
    planes = np.ascontiguousarray(np.moveaxis(deep, 2, 0))
    tifffile.imwrite(tmp_path / "planes.tif", planes, photometric="rgb", planarconfig="separate")
    assert np.abs(read_image(tmp_path / "planes.tif").astype(int) - ramp).max() <= 1
    tifffile.imwrite(tmp_path / "white.tif", 65535 - deep[..., 0], photometric="miniswhite")
    assert np.abs(read_image(tmp_path / "white.tif").astype(int) - ramp[..., :1]).max() <= 1


def test_the_preview_of_a_camera_is_not_the_photo(tmp_path: Path, ramp: np.ndarray) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as file:
        file.write(ramp[::4, ::4], photometric="rgb", subfiletype=1)
        file.write(ramp, photometric="rgb")
    assert np.array_equal(read_image(tmp_path / "a.tif"), ramp)
    with tifffile.TiffWriter(tmp_path / "raw.dng") as file:
        file.write(ramp[::4, ::4], photometric="rgb", subfiletype=1, subifds=1)
        file.write(ramp[..., 1].astype(np.uint16) * 16, photometric="cfa")
    with pytest.raises(InputError, match="only a small preview"):
        read_image(tmp_path / "raw.dng")
