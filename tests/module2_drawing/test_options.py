import pytest
import torch

from module1_audio2lmk.foundation.errors import InputError
from module2_drawing.options import TestOptions, TrainOptions
from module2_drawing.options.base_options import device_of

DRAWING = (
    "--dataroot drawing --name training/drawing1 --model geomgm_ifw_fore "
    "--netG resnet_9blocks_rcatland32_full_ifw --netg_resb_div 3 --netg_resb_disp 3 --output_nc 1 "
    "--display_env training_drawing1 --lr 0.00005 --lambda_geom 50 --lambda_geom_lipline 50 "
    "--more_weight_for_lip 2 --lambda_face 3.0 --lambda_warp_inter 10  --blendbg 1 "
    "--select_target12_thre 0.0 --niter 70 --niter_decay 0"
)
CARTOON = (
    "--dataroot cartoon --name training/cartoon1 --model geomgm_ifw_cartoon_fore "
    "--netG resnet_9blocks_rcatland32_full_ifw --dataset_mode umlvd_ifw_cartoon --netg_resb_div 3 "
    "--netg_resb_disp 3 --output_nc 3 --display_env training_cartoon1 --lr 0.00005 --lambda_geom 50 "
    "--lambda_geom_lipline 0 --more_weight_for_lip 2 --lambda_face 3.0 --lambda_warp_inter 10 --blendbg 1 "
    "--niter 70 --niter_decay 0"
)
#: Defaults of the published training command, as far as its users do not give them.
PUBLISHED = {
    "input_nc": 3, "ngf": 64, "ndf": 64, "netD": "basic", "n_layers_D": 3, "norm": "instance",
    "init_type": "normal", "init_gain": 0.02, "direction": "AtoB", "num_threads": 4, "batch_size": 1,
    "load_size": 286, "crop_size": 256, "preprocess": "resize_and_crop", "display_winsize": 256,
    "epoch": "latest", "load_iter": 0, "beta1": 0.5, "gan_mode": "lsgan", "pool_size": 50, "epoch_count": 1,
    "lr_policy": "linear", "lr_decay_iters": 50, "save_epoch_freq": 5, "save_latest_freq": 5000,
    "display_freq": 400, "print_freq": 100, "update_html_freq": 1000, "display_ncols": 4,
    "display_port": 8097,
    "lambda_G_A_l": 0.5, "use_mask": 1, "use_eye_mask": 1, "use_lip_mask": 1, "mask_type": 3,
    "identity_loss": 2, "warp_loss": 2, "lambda_warp": 5.0, "lambda_G_A_coh": 0.5, "max_offset": 3.0,
    "check_fakeb2_in_backwardD": 1, "select_noniden_thre": 0.9, "rx": 0.15, "ry": 0.2, "rs": 0.7,
}  # fmt: skip


def test_published_training_command_of_the_line_drawing():
    options = TrainOptions().parse([*DRAWING.split(), "--gpu_ids", "-1"])
    found = vars(options)
    assert {name: found[name] for name in PUBLISHED} == PUBLISHED
    assert (options.coherent, options.coh_use_more, options.style) == (1, 2, "line_drawing")
    assert (options.lr, options.niter, options.lambda_geom, options.blendbg) == (5e-5, 70, 50.0, 1)
    assert options.device == torch.device("cpu")


@pytest.mark.parametrize("name", ["drawing", "line_drawing"])
def test_the_line_drawing_has_the_name_that_users_know_too(name):
    assert TrainOptions().parse(f"--dataroot x --gpu_ids -1 --style {name}".split()).style == "line_drawing"


def test_published_training_command_of_the_cartoon():
    options = TrainOptions().parse([*CARTOON.split(), "--gpu_ids", "-1"])
    assert {name: vars(options)[name] for name in PUBLISHED} == PUBLISHED
    assert (options.coherent, options.coh_use_more, options.style) == (0, 0, "cartoon")


def test_defaults_of_the_portrait_model_without_flags():
    options = TrainOptions().parse(["--dataroot", "x", "--gpu_ids", "-1"])
    wanted = {
        "lambda_geom": 5.0,
        "lambda_geom_lipline": 0.0,
        "lambda_identity": 5.0,
        "lambda_warp_inter": 5.0,
    }
    wanted |= {
        "select_target12_thre": 0.2,
        "more_weight_for_lip": 0,
        "blendbg": 0,
        "lr": 0.0002,
        "niter": 100,
    }
    assert {name: vars(options)[name] for name in wanted} == wanted


def test_a_given_flag_beats_what_an_alias_sets():
    options = TrainOptions().parse([*CARTOON.split(), "--coherent", "1", "--gpu_ids", "-1"])
    assert options.coherent == 1


def test_suffix_names_options():
    arguments = ["--dataroot", "x", "--gpu_ids", "-1", "--name", "run", "--suffix", "{model}_size{load_size}"]
    assert TestOptions().parse(arguments).name == "run_portrait_test_size256"
    with pytest.raises(InputError, match="suffix"):
        TestOptions().parse([*arguments[:-1], "{nothing}"])


def test_test_scales_to_the_crop_size():
    options = TestOptions().parse(["--dataroot", "x", "--gpu_ids", "-1"])
    assert (options.load_size, options.num_test, options.results_dir) == (256, 50, "./results/")


def test_device(monkeypatch, capsys):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert device_of("-1") == torch.device("cpu") and capsys.readouterr().err == ""
    assert device_of("0") == torch.device("cpu") and "no usable CUDA device" in capsys.readouterr().err
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert device_of("1,0") == torch.device("cuda:1") and "torchrun" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--gpu_ids", "-1"], "--dataroot is missing"),
        (["--dataroot", "x", "--lambda_goem", "3"], "lambda_goem"),
        (["--dataroot", "x", "--batch_size", "0"], "--batch_size 0"),
        (["--dataroot", "x", "--batch_size", "3", "--accumulate", "2"], "no multiple"),
        (["--dataroot", "x", "--print_freq", "0"], "--print_freq 0"),
        (["--dataroot", "x", "--direction", "BtoA"], "direction"),
        (["--dataroot", "x", "--norm", "batch"], "norm"),
        (["--dataroot", "x", "--model", "pix2pix"], "unknown --model pix2pix; there are"),
        (["--dataroot", "x", "--dataset_mode", "aligned"], "unknown --dataset_mode aligned"),
        (["--dataroot", "x", "--lr", "fast"], "lr"),
    ],
)
def test_impossible_options(arguments, message):
    with pytest.raises(InputError, match=message):
        TrainOptions().parse(arguments)
