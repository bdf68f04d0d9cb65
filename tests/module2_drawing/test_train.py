"""train.py on a small data set: the published command, resuming, averaging, two processes, visdom."""

import json
import socket
import subprocess
import sys
import time
from pathlib import Path

import drawing_data
import pytest
import torch
from cli_tools import free_port, train_in_two_processes
from reference_tools import fill_weights

from module1_audio2lmk.foundation.engine import Updates
from module1_audio2lmk.foundation.engine.updates import to_device
from module1_audio2lmk.foundation.errors import InputError
from module2_drawing import losses, train
from module2_drawing.networks import MobileFaceNet, SphereFace20
from module2_drawing.options import TrainOptions
from module2_drawing.training import create_model
from module2_drawing.training.base_model import updates_of

PROJECT = Path(train.__file__).resolve().parents[1]
PUBLISHED = (
    "--dataroot small --name training/drawing1 --model geomgm_ifw_fore "
    "--netG resnet_9blocks_rcatland32_full_ifw --netg_resb_div 3 --netg_resb_disp 3 --output_nc 1 "
    "--lr 0.00005 --lambda_geom 50 --lambda_geom_lipline 50 --more_weight_for_lip 2 --lambda_face 3.0 "
    "--lambda_warp_inter 10 --blendbg 1 --select_target12_thre 0.0 --niter_decay 0 --gpu_ids -1 "
    "--ngf 2 --ndf 2 --num_threads 0 --display_id 0 --print_freq 1"
)
COMMAND = PUBLISHED.split()
FEW_PARTS = ["--use_mask", "0", "--use_eye_mask", "0"]  # of the local discriminators that of the lips alone
# The kinks of the landmark and identity networks magnify rounding, which differs with the size of a batch.
SMOOTH = ["--lambda_face", "0", "--lambda_geom", "0"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    drawing_data.make_data(tmp_path, pairs=True)
    (tmp_path / "checkpoints").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def logged(folder, name="training/drawing1"):
    lines = (folder / "checkpoints" / name / "losses.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def weights(folder, label="latest", network="G_A", name="training/drawing1"):
    return torch.load(folder / f"checkpoints/{name}/{label}_net_{network}.pth", weights_only=True)


def made(*more, items=1):
    """A model, its updates and a batch of the data."""
    options = TrainOptions().parse([*COMMAND, *more])
    model, dataset = create_model(options), train.create_dataset(options)
    batch = torch.utils.data.default_collate([dataset[i] for i in range(items)])
    return model, updates_of(model, options), to_device(batch, model.device)


def assert_equal(first, second, tolerance=0.0):
    assert first.keys() == second.keys()
    for name, value in first.items():
        assert float((value - second[name]).abs().max()) <= tolerance, name


def test_published_command_with_all_losses(folder, capsys):
    prepared = fill_weights(MobileFaceNet()).state_dict()
    torch.save({"state_dict": prepared}, folder / "checkpoints/mobilefacenet_model_best.pth.tar")
    torch.save(fill_weights(SphereFace20()).state_dict(), folder / "checkpoints/sphere20a_20171020.pth")
    often = ["--niter", "1", "--display_freq", "2", "--update_html_freq", "2", "--save_latest_freq", "3"]
    train.main([*COMMAND, *often, "--max_dataset_size", "3"])
    rows = logged(folder)
    names = set("G_A G_A_l G_A_le G_A_ll G_A_coh D_A D_A_l D_A_le D_A_ll D_A_coh epoch images".split())
    names |= {"warp_B", "warp_inter1", "geom_B", "geom_B_lipline", "iden_B"}
    assert len(rows) == 3 and all(row.keys() == names for row in rows)
    assert all(value > 0 and value == value for row in rows for value in row.values())
    run = folder / "checkpoints/training/drawing1"
    files = {path.name for path in run.iterdir()}
    assert set("command.txt options.json train_opt.txt source.txt loss_log.txt losses.csv".split()) <= files
    assert json.loads((run / "options.json").read_text())["lambda_geom"] == 50
    assert {f"{label}_net_{n}.pth" for label in ("1", "latest") for n in ("G_A", "D_A", "D_A_coh")} <= files
    page = (run / "web/index.html").read_text()
    assert "<svg" in page and "images/epoch001_fake_B.png" in page
    assert "G_A: " in (run / "loss_log.txt").read_text()
    assert "no geometry loss" not in capsys.readouterr().err


def test_a_seventh_loss_is_a_file_and_a_line(folder, monkeypatch):
    """The file: `further_losses/darkness.py` beside this test; the line: its name in the table."""
    monkeypatch.setattr(losses, "__path__", [*losses.__path__, str(Path(__file__).parent / "further_losses")])
    monkeypatch.setattr(losses, "TABLE", [*losses.TABLE, "darkness"])
    often = ["--niter", "1", "--max_dataset_size", "3", "--coherent", "0", "--lambda_G_A_l", "0"]
    train.main([*COMMAND, *SMOOTH, *often, "--lambda_darkness", "4", "--lambda_darkness_D", "2"])
    rows = logged(folder)
    assert len(rows) >= 2 and all({"dark_B", "G_A_dark", "D_A_dark"} <= row.keys() for row in rows)
    assert all(row["dark_B"] > 0 for row in rows)
    assert len(weights(folder, network="D_A_dark")) > 0
    without = TrainOptions().parse([*COMMAND, "--lambda_darkness", "0", "--lambda_darkness_D", "0"])
    assert "D_A_dark" not in create_model(without).networks


def test_a_killed_run_goes_on_as_if_nothing_had_happened(folder, monkeypatch):
    more = "--niter 2 --max_dataset_size 3 --save_latest_freq 2 --ema 0.9 --pool_size 2"
    options = [*COMMAND, *FEW_PARTS, *more.split()]
    train.main([*options, "--name", "whole"])

    class KilledError(Exception):
        pass

    count, update = [0], Updates.__call__

    def killed(self, batch):
        count[0] += 1
        if count[0] == 6:
            raise KilledError
        return update(self, batch)

    monkeypatch.setattr(Updates, "__call__", killed)
    with pytest.raises(KilledError):
        train.main([*options, "--name", "killed"])
    monkeypatch.undo()
    monkeypatch.chdir(folder)
    train.main([*options, "--name", "killed", "--continue_train"])
    for network in ("G_A", "D_A_ll", "D_A_coh"):
        assert_equal(*(weights(folder, network=network, name=name) for name in ("whole", "killed")))
    assert logged(folder, "whole") == logged(folder, "killed")
    states = [folder / f"checkpoints/{name}/state/000000006.pt" for name in ("whole", "killed")]
    states = [torch.load(path, weights_only=True)["model"]["networks"]["G_A"] for path in states]
    assert_equal(*states)


def test_every_weight_switches_its_loss_off(folder):
    switches = {
        "lambda_G_A": "G_A D_A", "lambda_G_A_l": "G_A_l G_A_le G_A_ll D_A_l D_A_le D_A_ll",
        "lambda_G_A_coh": "G_A_coh D_A_coh", "lambda_warp": "warp_B", "lambda_warp_inter": "warp_inter1",
        "lambda_geom_lipline": "geom_B_lipline",
    }  # fmt: skip
    _, updates, batch = made(*SMOOTH)
    everything = set(updates(batch))
    for flag, gone in switches.items():
        options = TrainOptions().parse([*COMMAND, *SMOOTH, f"--{flag}", "0"])
        found = updates_of(create_model(options), options)(batch)
        assert set(found) == everything - set(gone.split()), flag


def test_parts_of_a_batch_add_up_to_it(folder):
    results = []
    for parts in ("1", "2"):
        torch.manual_seed(0)
        alike = "--batch_size 2 --pool_size 0 --lr 0.001".split()
        model, updates, batch = made(*SMOOTH, *alike, "--accumulate", parts, items=2)
        found = updates(batch)
        gradients = {n: p.grad for n, p in model.networks["G_A"].named_parameters()}
        results.append((found, gradients))
    (whole, gradients), (summed, others) = results
    assert whole == pytest.approx(summed, rel=1e-4)
    scale = max(float(g.abs().max()) for g in gradients.values())
    assert_equal(gradients, others, tolerance=1e-3 * scale)


def test_two_processes_equal_one(folder):
    arguments = [*COMMAND, *SMOOTH, *FEW_PARTS, "--niter", "1", "--pool_size", "0"]
    train.main([*arguments, "--name", "one", "--batch_size", "2"])
    program, shared = [str(PROJECT / "module2_drawing/train.py")], ["--name", "two", "--batch_size", "1"]
    train_in_two_processes(train.main, program, [*arguments, *shared], folder)
    one, two = logged(folder, "one"), logged(folder, "two")
    assert [row["images"] for row in one] == [row["images"] for row in two] == [2, 4]
    for a, b in zip(one, two, strict=True):
        assert a == pytest.approx(b, rel=1e-4, abs=1e-4)
    for network in ("G_A", "D_A_coh"):
        first, second = (weights(folder, network=network, name=name) for name in ("one", "two"))
        assert_equal(first, second, 1e-4)
    states = {path.name for path in (folder / "checkpoints/two/state").iterdir()}
    assert states == {"000000004.pt", "000000004.rank1.pt"}


def test_averaged_weights_lag_behind(folder):
    short = ["--niter", "1", "--max_dataset_size", "2"]
    train.main([*COMMAND, *FEW_PARTS, *short, "--ema", "0.5", "--lr", "0.01"])
    state = torch.load(folder / "checkpoints/training/drawing1/state/000000002.pt", weights_only=True)
    raw, saved = state["model"]["networks"]["G_A"], weights(folder)
    difference = max(float((raw[name] - value).abs().max()) for name, value in saved.items())
    assert 1e-3 < difference < 0.05


def test_mixed_precision_and_channels_last(folder):
    model, updates, batch = made("--precision", "bfloat16", "--channels_last")
    found = updates(batch)
    assert all(value == value and value > 0 for value in found.values())
    assert next(model.networks["G_A"].parameters()).dtype == torch.float32


@pytest.mark.parametrize("vacated", ["paper", "filled"])
def test_true_pairs_and_vacated_backgrounds_train(vacated, folder):
    more = ["--pair_probability", "1", "--vacated", vacated, "--matte_margin", "4", "--soft_edge", "1"]
    model, updates, batch = made(*more)
    drawn = model.forward(batch)
    inside = drawn.photo.mask > 0.99
    assert float(drawn.photo.background[inside].min()) > float(drawn.photo.drawing[inside].min())  # vacated
    assert float((drawn.truths[0] - batch["truth1"]).abs()[inside].mean()) < 0.2
    updates(batch)
    assert model.visuals(updates.result)["fake_B"].shape == (256, 256, 3)


def test_without_separation_the_whole_picture_is_trained(folder):
    model, updates, batch = made("--separate", "0", "--vacated", "filled", "--blendbg", "1")
    drawn = model.forward(batch)
    torch.testing.assert_close(drawn.photo.foreground, batch["photo"], atol=1e-6, rtol=0)
    torch.testing.assert_close(drawn.frames[0], drawn.foregrounds[0])
    assert all(value == value for value in updates(batch).values())


def test_moved_truths_have_the_inside_of_a_mouth(folder):
    more = ["--pair_probability", "0", "--clip_poses", "1", "--truth", "moved"]
    model, updates, batch = made(*more)
    batch["inside_opacity1"][:, :, 150:160, 120:130] = 1
    drawn = model.forward(batch)
    truth, inside = drawn.truths[0], batch["inside1"]
    assert torch.equal(truth[..., 150:160, 120:130], inside[..., 150:160, 120:130])
    assert all(value == value for value in updates(batch).values())


@pytest.mark.filterwarnings("ignore:Detected call of `lr_scheduler")
@pytest.mark.parametrize(
    ("policy", "rates"), [("linear", [1, 1, 2 / 3, 1 / 3, 0]), ("step", [1, 1, 0.1, 0.1, 0.01])]
)
def test_learning_rates(policy, rates, folder):
    schedule = f"--niter 2 --niter_decay 2 --lr_policy {policy} --lr_decay_iters 2 --lr 1.0".split()
    options = TrainOptions().parse([*COMMAND, *schedule])
    updates = updates_of(create_model(options), options)
    found = [updates.optimisers[0].param_groups[0]["lr"]]
    found += [updates.end_epoch(0.0) for _ in range(4)]
    assert found == pytest.approx(rates, abs=1e-6)


def test_published_weights_alone_can_be_continued(folder):
    train.main([*COMMAND, "--niter", "1"])
    run = folder / "checkpoints/training/drawing1"
    target = folder / "checkpoints/formal/drawing"
    target.mkdir(parents=True)
    (run / "1_net_G_A.pth").rename(target / "70_net_G_A.pth")
    continued = "--name formal/drawing --continue_train --epoch 70".split()
    started = train.engine_of(TrainOptions().parse([*COMMAND, *continued]))
    stored = torch.load(target / "70_net_G_A.pth", weights_only=True)
    assert_equal(started.task.networks["G_A"].state_dict(), stored)
    with pytest.raises(InputError, match="nothing to continue"):
        train.engine_of(TrainOptions().parse([*COMMAND, "--name", "new", "--continue_train"]))


def test_errors_leave_no_run_behind(folder):
    for change in ("--crop_size 128", "--dataroot other", "--netG unet_256", "--batch_size 9"):
        with pytest.raises(InputError):
            train.main([*COMMAND, "--name", "bad", *change.split()])
    assert [path.name for path in (folder / "checkpoints").rglob("*net_G_A*")] == []


@pytest.fixture
def visdom_port(tmp_path):
    # Not `python -m visdom.server`: that one downloads scripts for browsers first.
    code = "import sys; from visdom.server.run_server import start_server; "
    code += "start_server(port=int(sys.argv[1]), hostname='127.0.0.1', env_path=sys.argv[2], base_url='')"
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-c", code, str(port), str(tmp_path / "visdom")], stderr=subprocess.DEVNULL
    )
    end = time.monotonic() + 120
    while server.poll() is None and time.monotonic() < end:
        time.sleep(0.1)
        with socket.socket() as connection:
            if connection.connect_ex(("127.0.0.1", port)) == 0:
                break
    yield port
    server.terminate()
    server.wait()


def test_visdom_shows_images_and_losses(folder, visdom_port):
    import visdom

    display = f"--display_id 1 --display_port {visdom_port} --display_env run --display_freq 2".split()
    train.main([*COMMAND, "--niter", "1", "--display_server", "http://127.0.0.1", *display])
    client = visdom.Visdom(server="http://127.0.0.1", port=visdom_port, env="run", use_incoming_socket=False)
    windows = json.loads(client.get_window_data(env="run"))
    images = windows["1-images"]
    assert images["type"] == "image" and images["content"]["src"].startswith("data:image")
    traces = windows["1-losses"]["content"]["data"]
    assert {trace["name"] for trace in traces} >= {"G_A", "D_A_coh", "warp_B"} and len(traces[0]["x"]) == 4


def test_without_a_server_a_warning_says_how_to_get_one(folder, capsys):
    display = f"--display_id 1 --display_port {free_port()} --max_dataset_size 3".split()
    train.main([*COMMAND, "--niter", "1", "--display_server", "http://127.0.0.1", *display])
    assert "python -m visdom.server" in capsys.readouterr().err
