"""test.py against a plain, frame-by-frame account of what the published program computes."""

import json
import runpy
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from reference_tools import fill_weights, load_reference
from scipy.interpolate import griddata

from module1_audio2lmk.foundation.checkpoints import save_network
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.align import AlignedFace
from module2_drawing import PortraitAnimator
from module2_drawing import test as command
from module2_drawing.networks import (
    FlowRegressionUNet,
    MODNet,
    StaticDrawingGenerator,
    WarpGenerator,
    define_G,
)
from module2_drawing.networks.photo2cartoon import Photo2CartoonGenerator
from module2_drawing.rendering.settings import InferenceSettings

PROJECT = Path(command.__file__).resolve().parents[1]
FLOW = {"nf": 8, "max_nf": 32, "start_scale": 2, "num_scale": 3, "norm": "batch"}
NGF = 8
COMMAND = [
    *("--name", "formal/drawing", "--model", "geomcgt_ifw_test", "--dataroot", "someone"),
    *("--netG", "resnet_9blocks_rcatland32_full_ifw", "--netg_resb_div", "3", "--netg_resb_disp", "3"),
    *("--output_nc", "1", "--load_size", "256", "--crop_size", "256", "--epoch", "70", "--gpu_ids", "-1"),
    *("--num_test", "10000", "--serial_batches", "--imagefolder", "someone", "--draw_op", "0"),
    *("--blendbg", "1"),
]
VISUALS = {
    *("real_A", "real_A_lm", "target_B_lm", "fake_B", "fake_B_vis"),
    *("fg_mask", "fakeB_static", "fake_B_fore", "fg_mask1"),
}


@pytest.fixture(scope="module")
def networks():
    built = {
        "generator": WarpGenerator(ngf=NGF),
        "cartoon generator": WarpGenerator(ngf=NGF, output_nc=3),
        "cartoon": Photo2CartoonGenerator(),
        "modnet": MODNet(),
        "static": StaticDrawingGenerator(ngf=NGF),
        "flow": FlowRegressionUNet(**FLOW),
    }
    return {name: fill_weights(network).eval() for name, network in built.items()}


@pytest.fixture(scope="module")
def checkpoints(networks, tmp_path_factory):
    """A folder laid out like the published one."""
    folder = tmp_path_factory.mktemp("checkpoints")
    for path in ("formal/drawing", "formal/cartoon", "static", "FlowReg_id_flow_faces"):
        (folder / path).mkdir(parents=True)
    prefixed = {f"module.{name}": value for name, value in networks["modnet"].state_dict().items()}
    torch.save(prefixed, folder / "modnet_photographic_portrait_matting.ckpt")
    torch.save(networks["generator"].state_dict(), folder / "formal/drawing/70_net_G_A.pth")
    torch.save(networks["cartoon generator"].state_dict(), folder / "formal/cartoon/70_net_G_A.pth")
    torch.save(networks["static"].state_dict(), folder / "static/drawing.pth")
    (folder / "static/options.json").write_text(json.dumps({"input_nc": 3, "output_nc": 1, "ngf": NGF}))
    torch.save({"genA2B": networks["cartoon"].state_dict()}, folder / "static/cartoon.pt")
    torch.save(networks["flow"].state_dict(), folder / "FlowReg_id_flow_faces/best_net_netF.pth")
    (folder / "FlowReg_id_flow_faces/train_opt.json").write_text(json.dumps({**FLOW, "lr": 1e-4}))
    return folder


@pytest.fixture
def someone(tmp_path, monkeypatch):
    """Data of one photo and three target frames, as module 1 of the published program leaves them."""
    monkeypatch.chdir(tmp_path)
    data = tmp_path / "Data"
    marks = load_reference("sparse_landmark_motion")
    source, target = (
        np.asarray(marks[f"landmarks_{end}"], np.float64).reshape(68, 2) * 2 for end in ("source", "target")
    )
    photo = data / "Photo/someone_MTCNN/ori.png"
    photo.parent.mkdir(parents=True)
    noise = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    Image.fromarray(noise).resize((512, 512), Image.BICUBIC).save(photo)
    texts = data / "Alm_txt/MTCNN/someone_MTCNN"
    texts.mkdir(parents=True)
    frames = [source + (target - source) * amount for amount in (0.0, 0.5, 1.0)]
    frames[1][0] = (-3.0, 509.0)  # a dot that the frame's corner cuts off
    for name, points in [("ori", source), *((f"{i:05d}", frame) for i, frame in enumerate(frames))]:
        (texts / f"{name}.txt").write_text("".join(f"{x} {y}\n" for x, y in points))
    lists = tmp_path / "datasets/list"
    for domain, paths in (
        ("testA", [photo] * 3),
        ("testB", [data / f"Alm/MTCNN/someone_MTCNN/{i:05d}.png" for i in (2, 0, 1)]),
    ):
        (lists / domain).mkdir(parents=True)
        (lists / domain / "someone.txt").write_text("".join(f"{path}\n" for path in paths))
    return tmp_path


def published_frames(networks, someone, style="drawing"):
    """The published computation, one frame after the other; (3, 256, 256, C) uint8 and the mask."""
    generator = networks["generator" if style == "drawing" else "cartoon generator"]
    texts = someone / "Data/Alm_txt/MTCNN/someone_MTCNN"
    image = (
        Image.open(someone / "Data/Photo/someone_MTCNN/ori.png")
        .convert("RGB")
        .resize((256, 256), Image.BICUBIC)
    )
    photo = (torch.from_numpy(np.array(image)).permute(2, 0, 1).float() / 255 - 0.5)[None] / 0.5
    source = read(texts / "ori.txt")
    with torch.no_grad():
        mask = (networks["modnet"](photo) > 0.5).float()
        static = static_drawing(networks, photo, style)
        foreground = ((photo / 2 + 0.5) * mask + 1 - mask) * 2 - 1
        frames = []
        for i in range(3):
            target = read(texts / f"{i:05d}.txt")
            grid = motion(source, target)
            flow, flow_mask = regress(networks["flow"], source, target)
            fake = generator(foreground, dots(source), dots(target), grid, flow, flow_mask)
            mask1 = F.grid_sample(mask, grid, align_corners=True)
            frame = ((fake / 2 + 0.5) * mask1 + (static / 2 + 0.5) * (1 - mask1)) * 2 - 1
            frames.append(((frame[0].permute(1, 2, 0).numpy() + 1) / 2.0 * 255.0).astype(np.uint8))
    return np.stack(frames), mask


def static_drawing(networks, photo, style):
    if style == "cartoon":
        pixels = ((photo.numpy() + 1) * 127.5).astype(np.uint8)
        return networks["cartoon"](torch.from_numpy((pixels / 127.5 - 1).astype(np.float32)))
    large = F.interpolate(photo, (512, 512), mode="bilinear", align_corners=False)
    drawing = networks["static"](large, torch.tensor([[0.0, 1.0, 0.0]]))
    return F.interpolate(drawing, (256, 256), mode="bilinear", align_corners=False)


def read(path):
    return np.array([line.split() for line in path.read_text().splitlines()], np.float32) * 256 / 512


def dots(points):
    frame = np.zeros((256, 256), np.uint8)
    for x, y in np.round(points).astype(int):
        cv2.circle(frame, (int(x), int(y)), 3, 255, -1)
    return torch.from_numpy(frame)[None, None].float() / 255 * 2 - 1


def motion(source, target):
    corners = np.array([[0, 0], [255, 255], [0, 255], [255, 0]])
    rows, columns = np.mgrid[0:256, 0:256]
    known, values = np.concatenate((target[:, ::-1], corners)), np.concatenate((source[:, ::-1], corners))
    yx = griddata(known, values, (rows, columns), method="linear")
    return torch.from_numpy(yx[None, :, :, ::-1].astype(np.float32) / 127.5 - 1)


def regress(network, source, target):
    y, x = np.mgrid[0:224, 0:224]
    discs = [(x - px) ** 2 + (y - py) ** 2 <= 16 for px, py in np.concatenate((source, target)) * 7 / 8]
    flow, visibility = network(torch.from_numpy(np.stack(discs)).float()[None])[:2]
    mask = (visibility.argmax(1, keepdim=True) < 2).float()
    flow = flow * 20 * mask / 7 * 8
    return tuple(F.interpolate(v, (256, 256), mode="bilinear", align_corners=True) for v in (flow, mask))


def test_frames_equal_the_published_ones(networks, checkpoints, someone, capsys):
    command.main([*COMMAND, "--ngf", str(NGF), "--checkpoints_dir", str(checkpoints)])
    folder = someone / "results/formal/drawing/test_70"
    expected, mask = published_frames(networks, someone)
    assert 0.02 < float(mask.mean()) < 0.98
    for i, frame in enumerate(expected):
        found = np.asarray(Image.open(folder / f"someone/ori->{i:05d}_fake_B.png")).astype(int)
        assert found.shape == (256, 256, 3)
        # Cut off, not rounded: an error in the last bit may move a value over an edge, no further.
        assert np.abs(found - frame).max() <= 1
        assert (found != frame).mean() < 0.001
    assert np.abs(expected[0].astype(int) - expected[2]).mean() > 1
    names = {path.name for path in (folder / "someone").iterdir()}
    assert names == {f"ori->{i:05d}_{visual}.png" for i in range(3) for visual in VISUALS}
    page = (folder / "indexsomeone.html").read_text()
    assert page.count("<img") == 3 * len(VISUALS) and "someone/ori-%3E00000_fake_B.png" in page
    notices = capsys.readouterr().err
    for part in ("modnet_photographic", "static/drawing.pth", "best_net_netF.pth", "70_net_G_A.pth"):
        assert notices.count(part) == 1


def test_cartoon_frames_equal_the_published_ones(networks, checkpoints, someone):
    cartoon = ["--name", "formal/cartoon", "--output_nc", "3"]
    command.main([*COMMAND, *cartoon, "--ngf", str(NGF), "--checkpoints_dir", str(checkpoints)])
    folder = someone / "results/formal/cartoon/test_70/someone"
    for i, frame in enumerate(published_frames(networks, someone, "cartoon")[0]):
        found = np.asarray(Image.open(folder / f"ori->{i:05d}_fake_B.png")).astype(int)
        assert np.abs(found - frame).max() <= 1
        assert (found != frame).mean() < 0.001


def test_without_published_files_the_notices_say_what_is_used(someone, capsys):
    own = someone / "checkpoints/default/generator_drawing.safetensors"
    save_network(own, WarpGenerator(ngf=NGF), {"ngf": NGF})
    command.main([*COMMAND, "--num_test", "1"])
    notices = capsys.readouterr().err
    for words in (
        "generator_drawing.safetensors (default",
        "MediaPipe",
        "procedural renderer",
        "thin-plate spline",
    ):
        assert notices.count(words) == 1
    frame = np.asarray(Image.open(someone / "results/formal/drawing/test_70/someone/ori->00000_fake_B.png"))
    assert frame.shape == (256, 256, 3) and frame.std() > 1


def test_own_weights_are_drawn_as_by_the_animator(someone):
    """To the bit: facing points kept apart, the matte of the face alone, background, crispness, rounding."""
    own = someone / "checkpoints/default/generator_drawing.safetensors"
    settings = InferenceSettings(
        False, matte_margin=4, soft_edge=1.0, vacated="filled", completed=True, crispness=1.0
    )
    shape = {"input_nc": 4, "output_nc": 1, "ngf": NGF}
    save_network(own, define_G("overpaint", **shape, seed=1), shape, settings.metadata())
    texts = someone / "Data/Alm_txt/MTCNN/someone_MTCNN"
    shut = np.loadtxt(texts / "00002.txt")
    shut[[37, 38]] = shut[[41, 40]]
    np.savetxt(texts / "00002.txt", shut)
    command.main([*COMMAND, "--checkpoints_dir", "checkpoints"])
    image = np.asarray(Image.open(someone / "Data/Photo/someone_MTCNN/ori.png"))
    animator = PortraitAnimator("drawing", "checkpoints", "cpu", batch_size=1, quality="best")
    animator.prepare(AlignedFace(image, np.loadtxt(texts / "ori.txt", np.float32), "file"))
    targets = np.stack([np.loadtxt(texts / f"{i:05d}.txt", np.float32) for i in range(3)])
    for i, frame in enumerate(animator.frames(targets)):
        found = Image.open(someone / f"results/formal/drawing/test_70/someone/ori->{i:05d}_fake_B.png")
        assert np.array_equal(np.asarray(found), frame)


def test_it_starts_as_a_module(monkeypatch, capsys):
    """As a file: `test_error_is_one_line`."""
    monkeypatch.setattr(sys, "argv", ["module2_drawing.test", "--help"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("module2_drawing.test", run_name="__main__")
    assert ended.value.code == 0 and "--netg_resb_disp" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["--epoch", "69"], "no weights .*69_net_G_A.pth"),
        (["--dataroot", "nobody"], "no data for --dataroot nobody"),
        (["--output_nc", "3"], "70_net_G_A.pth does not fit WarpGenerator.*model3"),
        (["--load_size", "286"], None),
        (["--preprocess", "none"], "becomes 512x512 px"),
        (["--load_size", "128"], "--load_size 128 is below --crop_size 256"),
        (["--gpu_ids", "first"], "--gpu_ids 'first'"),
        (["--model", "cycle_gan"], "unknown --model cycle_gan"),
        (["--netG", "unet_256"], "unknown generator"),
        (["--imagefolder", "../x"], "name of a folder"),
        (["--draw_op", "7"], "draw_op"),
    ],
)
def test_other_options(change, message, checkpoints, someone):
    arguments = [*COMMAND, "--ngf", str(NGF), "--checkpoints_dir", str(checkpoints), "--num_test", "1"]
    arguments += change
    if message is None:
        command.main(arguments)
        assert (someone / "results/formal/drawing/test_70/indexsomeone.html").is_file()
        return
    with pytest.raises(InputError, match=message):
        command.main(arguments)
    assert not (someone / "results").exists()


@pytest.mark.parametrize("text", ["1 2\n" * 67, "1 2\n" * 67 + "1 nan\n", "a b\n" * 68, ""])
def test_bad_landmark_file_is_named(text, checkpoints, someone):
    (someone / "Data/Alm_txt/MTCNN/someone_MTCNN/00000.txt").write_text(text)
    with pytest.raises(InputError, match=r"00000\.txt"):
        command.main([*COMMAND, "--ngf", str(NGF), "--checkpoints_dir", str(checkpoints)])


def test_error_is_one_line(tmp_path):
    script = [str(PROJECT / "module2_drawing/test.py"), "--dataroot", "nothing", "--gpu_ids", "-1"]
    done = subprocess.run(
        [sys.executable, *script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2 and done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
