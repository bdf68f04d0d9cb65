"""The animator on a small random generator: streaming, reproducibility, the static background."""

import dataclasses
import json

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
from module2_drawing.networks import define_G
from module2_drawing.networks.generator import EncodedPhoto
from module2_drawing.rendering.compose import crisper, filled_in, widen
from module2_drawing.rendering.prepare import PreparedPhoto, completed, of_the_face
from module2_drawing.rendering.settings import InferenceSettings, has_bfloat16

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
    settings = InferenceSettings(matte_margin=4, soft_edge=1.0, vacated="filled")
    path = folder / "default" / "generator_drawing.safetensors"
    save_network(path, generator, NETWORK, settings.metadata())
    return folder


@pytest.fixture(scope="module")
def animator(checkpoints_dir):
    animator = PortraitAnimator("drawing", checkpoints_dir, "cpu", batch_size=3)
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
    single = PortraitAnimator("drawing", checkpoints_dir, "cpu", batch_size=1)
    single.prepare(synthetic_face())
    for one, other in zip(frames, single.frames(moved(4)), strict=True):
        assert np.abs(one.astype(int) - other).max() <= 1


def test_the_lips_move_and_the_background_stands_still(animator):
    first, *_, last = animator.frames(moved(5))
    background = animator._renderer._photo.mask[0, 0].numpy() == 0
    background = ~np.asarray(widen(torch.tensor(~background).float()[None, None], 20)[0, 0]).astype(bool)
    assert np.abs(first.astype(int) - last).max() > 20
    if background.any():
        assert np.array_equal(first[background], last[background])


def test_what_was_used_is_said(animator):
    text = "\n".join(animator.descriptions)
    assert "generator_drawing.safetensors" in text
    assert "own default weights" in text
    assert "float32" in text
    assert "matte: " in text


def test_every_style_has_weights():
    found = {style: checkpoints.find(f"generator_{style}", checkpoints.SHIPPED, own=True) for style in STYLES}
    assert len(found) == 4 and all(weights is not None for weights in found.values())


@pytest.mark.parametrize("style", ["cartoon", "watercolour"])
def test_a_style_without_a_generator_moves_its_static_drawing(style, checkpoints_dir, tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoints.known, "SHIPPED", tmp_path)
    animator = PortraitAnimator(style, checkpoints_dir, "cpu")
    assert "no generator weights" in animator.descriptions[0]
    animator.prepare(synthetic_face())
    still = np.repeat(synthetic_face().landmarks[None, :, :2], 2, 0)
    opened = still[1:].copy()
    opened[:, [55, 56, 57, 58, 59, 65, 66, 67], 1] += 60
    rest, again = animator.frames(still)
    (speaking,) = animator.frames(opened)
    assert np.array_equal(rest, again)
    x, y = opened[0, [62, 66]].mean(0) / 2
    inside = (slice(int(y) + 2, int(y) + 8), slice(int(x) - 3, int(x) + 4))
    assert speaking[inside].mean() < 60 < rest[inside].mean()
    assert np.abs(speaking[:20].astype(int) - rest[:20]).mean() < 3


def test_bad_landmarks_and_styles_are_refused(animator, tmp_path):
    with pytest.raises(InputError, match=r"\(3, 67, 2\)"):
        next(animator.frames(np.zeros((3, 67, 2), np.float32)))
    with pytest.raises(InputError, match="not finite"):
        next(animator.frames(np.full((3, 68, 2), np.nan, np.float32)))
    with pytest.raises(InputError, match="unknown style"):
        PortraitAnimator("etching", tmp_path, "cpu")
    with pytest.raises(InputError, match=r"missing\.pth"):
        PortraitAnimator("drawing", tmp_path, "cpu", generator_file=tmp_path / "missing.pth")


def test_crispness_makes_lines_harder_and_leaves_the_background(checkpoints_dir, tmp_path):
    """A blurred edge rises more steeply; frames change where the person is, nowhere else."""
    edge = torch.linspace(-0.5, 0.5, 9).expand(1, 1, 9, 9)
    step = torch.nn.functional.pad(edge, (8, 8, 8, 8), mode="replicate")
    harder = crisper(step, 1.0)
    assert float(harder.max()) > 0.505 and float(harder.abs().max()) <= 1
    flat = torch.full((1, 3, 16, 16), 0.3)
    assert torch.allclose(crisper(flat, 0.5), flat, atol=1e-6)
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


def test_settings_survive_its_metadata(tmp_path):
    settings = InferenceSettings(matte_margin=3, soft_edge=0.5, vacated="paper", half=True)
    path = tmp_path / "weights.safetensors"
    save_safetensors(path, {"weight": torch.zeros(1)}, settings.metadata())
    assert InferenceSettings.of(path) == settings
    assert InferenceSettings.of(tmp_path / "70_net_G_A.pth") == InferenceSettings()


def test_the_settings_of_a_training_run_are_those_of_its_options(tmp_path):
    weights, options = tmp_path / "latest_net_G_A.pth", tmp_path / "options.json"
    options.write_text(json.dumps({"matte_margin": 4, "soft_edge": 1.0, "vacated": "filled", "lr": 0.0002}))
    assert InferenceSettings.of(weights) == InferenceSettings(4, 1.0, "filled")
    options.write_text(json.dumps({"matte_margin": 0, "separate": 0}))
    assert InferenceSettings.of(weights) == InferenceSettings(separated=False)
    options.write_text(json.dumps({"model": "motion_pairs"}))
    assert InferenceSettings.of(weights) == InferenceSettings()


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"matte_margin": "wide"}', '{"vacated": "blue"}', '{"soft_edge": null}']
)
def test_damaged_options_of_a_run_are_refused(text, tmp_path):
    (tmp_path / "options.json").write_text(text)
    with pytest.raises(InputError, match=r"options\.json"):
        InferenceSettings.of(tmp_path / "latest_net_G_A.pth")


def test_without_separation_the_generator_draws_the_whole_picture():
    matte, static = torch.zeros(1, 1, 32, 32), torch.rand(1, 1, 32, 32)
    settings = InferenceSettings(vacated="filled", soft_edge=1.0, separated=False)
    mask = settings.matte(matte)
    assert (mask == 1).all() and InferenceSettings().matte(matte) is matte
    none = torch.zeros(1, 1, 32, 32)
    photo = settings.apply(PreparedPhoto(none, none, none, mask, static, EncodedPhoto((none,) * 3, none)))
    assert (photo.mask == 1).all() and torch.equal(photo.static, static)


@pytest.mark.parametrize(
    ("features", "wanted"),
    [((), False), (("avx512_f", "avx512_vnni"), False), (("avx512_bf16",), True), (("amx_bf16",), True)],
)
def test_emulated_bfloat16_is_not_used(features, wanted, monkeypatch):
    can = {"architecture": "x86_64", "avx512_bf16": False, "amx_bf16": False} | dict.fromkeys(features, True)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: can)
    has_bfloat16.cache_clear()
    dtype = InferenceSettings(half=True).dtype(torch.device("cpu"))
    has_bfloat16.cache_clear()
    assert dtype == (torch.bfloat16 if wanted else torch.float32)


def test_a_soft_edge_has_no_tails():
    mask = torch.zeros(1, 1, 32, 32)
    mask[..., 16:] = 1
    none = torch.zeros(1, 1, 32, 32)
    photo = PreparedPhoto(none, none, none, mask, none, EncodedPhoto((none, none, none), none))
    row = InferenceSettings(soft_edge=1.0).apply(photo).mask[0, 0, 5]
    assert (row[:14] == 0).all() and (row[18:] == 1).all()
    assert 0.2 < row[15] < 0.5 < row[16] < 0.8 and torch.allclose(row, 1 - row.flip(0), atol=1e-6)


def test_only_the_part_of_the_matte_with_the_face_moves():
    matte = torch.zeros(1, 1, 256, 256)
    matte[..., 60:250, 60:200] = 1
    matte[..., 100:200, 240:256] = 1
    kept = of_the_face(matte, synthetic_face())
    assert torch.equal(kept[..., :230], matte[..., :230]) and float(kept[..., 230:].max()) == 0


def test_a_photo_is_continued_into_a_blur_of_its_edge():
    face = synthetic_face()
    image = face.image.copy()
    image[:, 390:400] = np.where(np.arange(512)[:, None, None] // 4 % 2 == 0, 255, 0)  # stripes
    seen = dataclasses.replace(face, image=image.copy(), visible=(0, 0, 400, 512))
    seen.image[:, 400:] = 255
    whole = completed(seen)
    assert whole.shape == (512, 512, 3) and whole.dtype == np.uint8
    assert np.array_equal(whole[:, :400], image[:, :400])
    assert np.abs(whole[:, 400].astype(int) - image[:, 399]).max() < 10
    assert np.abs(whole[40:-40, 440:].astype(int) - 127).max() < 10  # of the stripes their mean is left
    assert completed(face) is face.image


def test_holes_of_line_drawings_become_ink_or_paper():
    drawing = torch.ones(1, 1, 64, 64)
    drawing[..., :32] = -1
    hole = torch.zeros(1, 1, 64, 64)
    hole[..., 20:44, 20:44] = 1
    painted = filled_in(drawing, hole)
    assert torch.equal(painted[hole == 0], drawing[hole == 0])
    assert painted[..., 30, 22] < -0.9
    assert painted[..., 30, 42] > 0.9
