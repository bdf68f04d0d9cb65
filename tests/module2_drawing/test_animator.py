"""The animator on a small random generator: streaming, reproducibility, the static background."""

import dataclasses
import shutil

import numpy as np
import pytest
import torch

from module1_audio2lmk.foundation import checkpoints
from module1_audio2lmk.foundation.checkpoints import build, save_network, save_safetensors
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.align import AlignedFace
from module1_audio2lmk.foundation.face.geometry import load_standard_face
from module2_drawing import PortraitAnimator
from module2_drawing.animator import STYLES
from module2_drawing.networks import FlowCorrection, define_G
from module2_drawing.rendering.compose import widen
from module2_drawing.rendering.settings import InferenceSettings

NETWORK = {"input_nc": 3, "output_nc": 1, "ngf": 8}


def synthetic_face() -> AlignedFace:
    rng = np.random.default_rng(0)
    image = np.clip(rng.normal(150, 40, (16, 16, 3)), 0, 255).astype(np.uint8).repeat(32, 0).repeat(32, 1)
    shape = load_standard_face()
    landmarks = shape * [150, 150, 150] + [256, 300, 0]
    return AlignedFace(image, landmarks.astype(np.float32), "test")


@pytest.fixture(scope="module")
def checkpoints_dir(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("checkpoints")
    generator = define_G("warp", **NETWORK, seed=3)
    settings = InferenceSettings(False, matte_margin=4, soft_edge=1.0, vacated="filled")
    path = folder / "default" / "generator_drawing.safetensors"
    save_network(path, generator, NETWORK, settings.metadata())
    return folder


@pytest.fixture(scope="module")
def animator(checkpoints_dir):
    animator = PortraitAnimator("drawing", checkpoints_dir, "cpu", batch_size=3, quality="best")
    animator.prepare(synthetic_face())
    return animator


def moved(count: int) -> np.ndarray:
    frames = np.repeat(synthetic_face().landmarks[None, :, :2], count, 0)
    frames[:, 48:, 1] += np.linspace(0, 12, count)[:, None]
    return frames


def test_frames_are_a_stream_whatever_the_batch(animator, checkpoints_dir):
    frames = list(animator.frames(moved(4)))
    assert [frame.shape for frame in frames] == [(256, 256, 3)] * 4
    assert frames[0].dtype == np.uint8
    single = PortraitAnimator("drawing", checkpoints_dir, "cpu", batch_size=1, quality="best")
    single.prepare(synthetic_face())
    for one, other in zip(frames, single.frames(moved(4)), strict=True):
        assert np.abs(one.astype(int) - other).max() <= 1


def test_the_generator_of_the_paper_has_a_regressed_flow(animator, checkpoints_dir, tmp_path):
    shutil.copytree(checkpoints_dir, tmp_path, dirs_exist_ok=True)
    network = FlowCorrection()
    torch.nn.init.constant_(network.correction.bias, 0.2)  # 4 px
    save_network(tmp_path / "default/flow_regression.safetensors", network, {})
    paper = PortraitAnimator("drawing", tmp_path, "cpu", generator_file="paper")
    paper.prepare(synthetic_face())
    (first,), (still,) = (list(one.frames(moved(2)[:1])) for one in (paper, animator))
    assert first.shape == (256, 256, 3) and not np.array_equal(first, still)
    assert any(f"flow A: regressed, {tmp_path}" in line for line in paper.descriptions)
    assert any("flow A: thin-plate spline" in line for line in animator.descriptions)
    with pytest.raises(InputError, match="--size 256"):
        PortraitAnimator("drawing", tmp_path, "cpu", generator_file="paper", size=512)


def test_the_lips_move_and_the_background_stands_still(checkpoints_dir, face):
    """Wherever the matte never comes, frames are equal to the bit."""
    animator = PortraitAnimator("drawing", checkpoints_dir, "cpu", quality="best")
    animator.prepare(face)
    opened = np.repeat(face.landmarks[None, :, :2], 5, 0)
    opened[:, 55:60, 1] += np.linspace(0, 24, 5)[:, None]
    opened[:, 65:68, 1] += np.linspace(0, 24, 5)[:, None]
    first, *_, last = animator.frames(opened)
    person = (animator._renderer._renderer.photo.mask > 0).float()
    background = widen(person, 12)[0, 0].numpy() == 0
    assert background.mean() > 0.1
    assert np.array_equal(first[background], last[background])
    assert np.abs(first.astype(int) - last).max() > 20


def test_what_was_used_is_said(animator):
    text = "\n".join(animator.descriptions)
    assert "generator_drawing.safetensors" in text
    assert "own default weights" in text
    assert "float32" in text
    assert "matte: " in text


@pytest.mark.parametrize("style", ["drawing", "cartoon", "oil", "watercolour"])
def test_the_shipped_styles_have_weights(style):
    """A style that is added needs none: its static drawing is moved."""
    assert style in STYLES
    assert checkpoints.find(f"generator_{style}", checkpoints.SHIPPED, own=True) is not None


@pytest.mark.parametrize("style", ["cartoon", "watercolour"])
def test_a_style_without_weights_moves_its_static_drawing(
    style, checkpoints_dir, tmp_path, face, monkeypatch
):
    monkeypatch.setattr(checkpoints.known, "SHIPPED", tmp_path)
    with pytest.raises(InputError, match="no weights of a warping generator"):
        PortraitAnimator(style, checkpoints_dir, "cpu", quality="best")
    animator = PortraitAnimator(style, checkpoints_dir, "cpu", size=256)
    assert "the moved static drawing" in animator.descriptions[0]
    animator.prepare(face)
    still = np.repeat(face.landmarks[None, :, :2], 2, 0)
    opened = still[1:].copy()
    opened[:, [55, 56, 57, 58, 59, 65, 66, 67], 1] += 60
    rest, again = animator.frames(still)
    (speaking,) = animator.frames(opened)
    assert np.array_equal(rest, again)
    x, y = opened[0, [62, 66]].mean(0) / 2
    inside = (slice(int(y) + 2, int(y) + 8), slice(int(x) - 3, int(x) + 4))
    assert speaking[inside].mean() < 0.7 * rest[inside].mean()
    assert np.abs(speaking[:20].astype(int) - rest[:20]).mean() < 3


def test_bad_landmarks_and_styles_are_refused(animator, tmp_path):
    with pytest.raises(InputError, match=r"\(3, 67, 2\)"):
        next(animator.frames(np.zeros((3, 67, 2), np.float32)))
    with pytest.raises(InputError, match="not finite"):
        next(animator.frames(np.full((3, 68, 2), np.nan, np.float32)))
    with pytest.raises(InputError, match="unknown style"):
        PortraitAnimator("etching", tmp_path, "cpu")
    with pytest.raises(InputError, match="unknown quality 'painted'; choose one of default, best"):
        PortraitAnimator("drawing", tmp_path, "cpu", quality="painted")
    with pytest.raises(InputError, match=r"missing\.pth"):
        PortraitAnimator("drawing", tmp_path, "cpu", generator_file=tmp_path / "missing.pth")


def test_crispness_makes_lines_harder_and_leaves_the_background(checkpoints_dir, tmp_path):
    """Frames change where the person is, nowhere else."""
    soft_file = checkpoints_dir / "default" / "generator_drawing.safetensors"
    crisp_file = tmp_path / "generator.safetensors"
    settings = dataclasses.replace(InferenceSettings.of(soft_file), crispness=1.0)
    save_network(crisp_file, build(soft_file), NETWORK, settings.metadata())
    face, frames = synthetic_face(), []
    for file in (soft_file, crisp_file):
        animator = PortraitAnimator("drawing", checkpoints_dir, "cpu", generator_file=file)
        animator.prepare(face)
        frames.append(next(iter(animator.frames(face.landmarks[None, :, :2]))))
    assert not np.array_equal(*frames)
    assert np.array_equal(frames[0][:4, :4], frames[1][:4, :4])


def test_a_generator_of_another_kind_is_named(tmp_path):
    path = tmp_path / "other.safetensors"
    save_safetensors(path, {"weight": torch.zeros(3)})
    with pytest.raises(InputError, match=r"other\.safetensors"):
        PortraitAnimator("drawing", tmp_path, "cpu", generator_file=path)
