"""The helper networks learn: a few updates on a few faces lower their losses, and their files load."""

import json

import drawing_data
import numpy as np
import pytest
import skimage.data
import torch

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.face_mesh import FaceMesh
from module2_drawing import train
from module2_drawing.data.mesh_flow_dataset import read_mesh
from module2_drawing.geometry.landmark_motion import landmark_flow
from module2_drawing.losses.angular_margin import angular_margin_loss
from module2_drawing.losses.flow import endpoint_error, multiscale_flow_loss
from module2_drawing.networks import FLOW_NETWORKS, FlowPrediction, MobileFaceNet, SphereFace20
from module2_drawing.options import TrainOptions
from module2_drawing.rendering.flow import FlowRegressor
from module2_drawing.training import create_model
from module2_drawing.training.base_model import updates_of

COMMON = [
    *(
        "--dataroot",
        "small",
        "--gpu_ids",
        "-1",
        "--num_threads",
        "0",
        "--display_id",
        "0",
        "--print_freq",
        "1",
    ),
    *("--name", "helper", "--niter", "1", "--niter_decay", "0", "--no_html", "--load_size", "128"),
    *("--crop_size", "128", "--batch_size", "2"),
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    data = drawing_data.make_data(tmp_path, pairs=True)
    random = np.random.default_rng(0)
    mesh = FaceMesh(1)(skimage.data.astronaut()[:400, :400])[0]
    mesh = (mesh - mesh.mean(0)) * 2 + np.array([256, 256, 0], np.float32)
    for photo in (data / "Photo").rglob("*.png"):
        path = data / "Amesh" / photo.relative_to(data / "Photo").with_suffix(".npy")
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, mesh + random.normal(0, 1, mesh.shape).astype(np.float32))
    (tmp_path / "checkpoints").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def losses_of_updates(arguments, updates):
    """A model, its losses in each of several updates with one batch, and what is shown of the last."""
    torch.manual_seed(0)
    options = TrainOptions().parse([*COMMON, *arguments])
    model, dataset = create_model(options), train.create_dataset(options)
    batch = torch.utils.data.default_collate([dataset[i] for i in range(options.batch_size)])
    update = updates_of(model, options)
    losses = [update(batch) for _ in range(updates)]
    images = model.visuals(update.result)
    assert images and all(image.ndim == 3 and image.shape[2] == 3 for image in images.values())
    return model, losses, images


@pytest.mark.parametrize(
    ("model", "more", "metric"),
    [
        ("flow_regression", ["--nf", "4", "--max_nf", "16"], "EPE_px"),
        ("flow_regression", "--netF correction --lr 0.002 --clip_share 0.5".split(), "spline_EPE_px"),
        ("landmarks", "--lr 0.005 --width 0.25 --shift 0 --turn 0 --bend 0".split(), "drawing_error_%"),
        (
            "identity",
            "--identities 4 --widths 8 16 24 32 --features 32 --lambda_pairs 1".split(),
            "same_cosine",
        ),
        ("static", ["--ngf", "2", "--ndf", "2", "--output_nc", "1", "--lambda_G", "0", "--lr", "0.01"], None),
        ("matte", ["--background_probability", "0"], "wrong_%"),
    ],
)
def test_learns(model, more, metric, folder):
    trained, losses, _ = losses_of_updates(["--model", model, "--output_nc", "1", *more], 7)
    sums = [sum(one.values()) for one in losses]
    assert min(sums[-3:]) < 0.95 * sums[0], sums
    if metric:
        assert np.isfinite(trained.metrics[metric])


def test_drawings_move_as_heads_of_clips_do_and_photos_stay(folder):
    arguments = "--model landmarks --output_nc 1 --films".split()
    still, moving = (
        train.create_dataset(TrainOptions().parse([*COMMON, *arguments, "--moved", share]))
        for share in ("0", "1")
    )
    items = [(still[i], moving[i]) for i in range(len(still))]
    for before, after in items:
        assert torch.equal(before["photo"], after["photo"])
        assert torch.equal(before["landmarks"], after["landmarks"])
        assert torch.equal(before["drawn_landmarks"], before["landmarks"])
        moved = not torch.equal(after["drawn_landmarks"], after["landmarks"])
        assert moved != torch.allclose(before["drawing"], after["drawing"], atol=1e-4)
    assert any(not torch.equal(after["drawn_landmarks"], after["landmarks"]) for _, after in items)


def test_flow_regression_is_saved_as_the_flow_backend_reads_it(folder):
    shape = ["--nf", "4", "--max_nf", "16", "--num_scale", "3"]
    train.main([*COMMON, "--model", "flow_regression", "--name", "FlowReg_id_flow_faces", *shape])
    run = folder / "checkpoints/FlowReg_id_flow_faces"
    assert json.loads((run / "train_opt.json").read_text())["num_scale"] == 3
    (run / "latest_net_netF.pth").rename(run / "best_net_netF.pth")
    regressor = FlowRegressor("checkpoints", torch.device("cpu"))
    marks = torch.from_numpy(drawing_data.face_landmarks(0, 256))[None]
    motion = regressor.motion(marks, marks + 2, 256)
    assert "best_net_netF" in regressor.description
    assert motion.flow_a.shape == (1, 2, 256, 256) and motion.visible.shape == (1, 1, 256, 256)
    assert motion.spline is None
    with_spline = regressor.motion(marks, marks + 2, 256, with_spline=True)
    assert torch.equal(with_spline.flow_a, motion.flow_a)
    assert torch.equal(with_spline.spline, landmark_flow(marks, marks + 2))


class Plain(torch.nn.Module):
    """A flow A by discs, of a frame of its own."""

    frame = grid = 64

    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Conv2d(136, 5, 3, padding=1)

    def forward(self, discs):
        found = self.layer(discs)
        return FlowPrediction(found[:, :2], found[:, 2:], (found[:, :2],))


def test_another_network_of_discs_is_a_class_and_a_name(folder, monkeypatch):
    monkeypatch.setitem(FLOW_NETWORKS, "plain", Plain)
    options = TrainOptions().parse([*COMMON, "--model", "flow_regression"])
    options.netF = "plain"
    model, dataset = create_model(options), train.create_dataset(options)
    update = updates_of(model, options)
    batch = torch.utils.data.default_collate([dataset[0], dataset[1]])
    assert batch["flow"].shape == (2, 2, 64, 64)
    assert update(batch).keys() >= {"flow", "vis"}
    model.export(None)
    assert json.loads((model.folder / "train_opt.json").read_text()) == {"netF": "Plain"}


def test_landmark_and_identity_weights_serve_the_portrait_model(folder, capsys):
    few = [*COMMON, "--max_dataset_size", "2"]
    train.main([*few, *"--model landmarks --name lm --width 0.25".split()])
    small = "--identities 4 --widths 8 16 24 32 --features 32".split()
    train.main([*few, *"--model identity --name id".split(), *small])
    portrait = "--dataroot small --output_nc 1 --ngf 2 --ndf 2 --gpu_ids -1 --lambda_geom 5".split()
    files = [
        "--landmark_model",
        "checkpoints/lm/latest_net_M.pth",
        "--face_recog_model",
        "checkpoints/id/latest_net_S.pth",
    ]
    options = TrainOptions().parse([*portrait, *files])
    model, dataset = create_model(options), train.create_dataset(options)
    losses = updates_of(model, options)(torch.utils.data.default_collate([dataset[0]]))
    assert {"geom_B", "iden_B"} <= set(losses)
    assert isinstance(model.fixed["geometry"], MobileFaceNet)
    assert isinstance(model.fixed["identity"], SphereFace20)


@pytest.mark.parametrize("model", ["landmarks", "matte"])
def test_own_randomness_is_resumed(model, folder):
    arguments = ["--model", model, "--save_latest_freq", "2", "--output_nc", "1", "--max_dataset_size", "2"]
    train.main([*COMMON, *arguments, "--name", "whole", "--niter", "2"])
    train.main([*COMMON, *arguments, "--name", "parts"])
    train.main([*COMMON, *arguments, "--name", "parts", "--niter", "2", "--continue_train"])
    network = {"landmarks": "M", "matte": "P"}[model]
    whole, parts = (
        torch.load(folder / f"checkpoints/{name}/latest_net_{network}.pth", weights_only=True)
        for name in ("whole", "parts")
    )
    assert all(torch.equal(value, parts[name]) for name, value in whole.items())


def test_a_style_is_learned_from_examples_of_it(folder):
    more = ["--ngf", "2", "--ndf", "2", "--output_nc", "1", "--unpaired", "--lambda_L1", "1", "--lr", "0.01"]
    model, losses, images = losses_of_updates(["--model", "static", *more], 2)
    assert set(losses[0]) == {"L1", "G", "D"}
    assert model.networks["D"].model[0].in_channels == 1  # drawings alone
    assert not np.array_equal(images["real_B"], images["fake_B"])


def test_mesh_flow_expressions_come_from_clips(folder):
    options = TrainOptions().parse(
        [*COMMON, "--model", "flow_regression", "--max_turn", "0", "--max_shift", "0"]
    )
    dataset = train.create_dataset(options)
    assert len(dataset.clips) == 1 and len(dataset) == 4
    item = dataset[0]
    assert {name: tuple(value.shape) for name, value in item.items()} == {
        "source": (68, 2), "target": (68, 2), "flow": (2, 224, 224), "visibility": (224, 224),
    }  # fmt: skip
    assert float((item["source"] - item["target"]).abs().max()) > 0.1
    dataset.clips = []
    assert np.allclose(dataset._expression(read_mesh(dataset.meshes[0]), dataset.generator(0)), 0)


def test_missing_preparation_is_named(folder):
    for path in (folder / "Data/Amesh/set").iterdir():
        path.unlink()
    with pytest.raises(InputError, match="no face meshes"):
        train.create_dataset(TrainOptions().parse([*COMMON, "--model", "flow_regression"]))
    with pytest.raises(InputError, match="--style oil"):
        train.create_dataset(TrainOptions().parse([*COMMON, "--model", "static", "--styles", "oil"]))
    with pytest.raises(InputError, match="3 style codes"):
        create_model(TrainOptions().parse([*COMMON, "--model", "static", "--styles", "a,b,c,d"]))
    broken = folder / "broken.npy"
    np.save(broken, np.zeros((3, 3)))
    with pytest.raises(InputError, match=r"broken\.npy"):
        read_mesh(broken)


def test_flow_losses():
    truth, mask = torch.zeros(1, 2, 8, 8), torch.zeros(1, 1, 8, 8)
    truth[:, 0], mask[..., :4] = 3.0, 1.0
    flow = truth.clone()
    flow[:, 1, :, :4] = 4.0
    assert float(endpoint_error(flow, truth, mask)) == pytest.approx(4.0)
    coarse = torch.nn.functional.avg_pool2d(truth, 4)
    assert float(multiscale_flow_loss([coarse, flow], truth, mask)) == pytest.approx(4.0, abs=1e-4)
    assert float(endpoint_error(flow, truth, torch.zeros_like(mask))) == 0


def test_angular_margin():
    angles = np.radians([10.0, 60.0, 100.0, 170.0])
    features = torch.tensor(np.stack((np.cos(angles), np.sin(angles)), 1), dtype=torch.float32) * 5
    centres, classes = torch.tensor([[2.0, 0.0], [0.0, 3.0]]), torch.zeros(4, dtype=torch.long)
    loss = angular_margin_loss(features, centres, classes, blend=1.0)
    k = np.floor(4 * angles / np.pi)
    margin = (-1) ** k * np.cos(4 * angles) - 2 * k
    own, other = 5 * (np.cos(angles) + margin) / 2, 5 * np.sin(angles)
    assert float(loss) == pytest.approx(np.mean(np.log(np.exp(own) + np.exp(other)) - own), rel=1e-4)
    # ψ falls all the way from 0 to π, and never lies above the cosine.
    grid = np.radians(np.arange(1, 180))
    k = np.floor(4 * grid / np.pi)
    psi = (-1) ** k * np.cos(4 * grid) - 2 * k
    assert (np.diff(psi) < 1e-9).all() and (psi <= np.cos(grid) + 1e-9).all()
    features.requires_grad_(True)
    angular_margin_loss(features, centres, classes, 0.0).backward()
    assert torch.isfinite(features.grad).all() and float(features.grad.abs().max()) > 0
