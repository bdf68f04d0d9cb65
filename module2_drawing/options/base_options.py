"""Options that training and testing share, and how a model's and a data set's own options join them."""

import argparse
import math
from pathlib import Path
from typing import NoReturn

import torch

from module1_audio2lmk.foundation.checkpoints import SHIPPED
from module1_audio2lmk.foundation.device import pick_device
from module1_audio2lmk.foundation.errors import InputError, warn
from module1_audio2lmk.foundation.published_flags import add_published_flags

PREPROCESS = ("resize_and_crop", "crop", "scale_width", "scale_width_and_crop", "none")
DEFAULT_CHECKPOINTS = "./checkpoints"


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are InputErrors, so that every command reports them in one line."""

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message}; see --help")


class BaseOptions:
    """Options under their pix2pix names. `parse` returns a namespace with `device` added."""

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        _experiment_options(parser)
        _network_options(parser)
        _data_options(parser)
        add_published_flags(parser, "module2_drawing")

    def parser(self, arguments: list[str] | None = None) -> argparse.ArgumentParser:
        """The parser, with the options of the model and the data set that `arguments` name."""
        from ..data import find_dataset

        parser = Parser(
            formatter_class=argparse.ArgumentDefaultsHelpFormatter, allow_abbrev=False, add_help=False
        )
        self.add_options(parser)
        # In two steps: a model may choose the data set, and either may change defaults.
        self.add_model_options(parser, parser.parse_known_args(arguments)[0].model)
        find_dataset(parser.parse_known_args(arguments)[0].dataset_mode).add_options(parser)
        parser.add_argument("-h", "--help", action="help", help="show this list and stop")
        return parser

    def add_model_options(self, parser: argparse.ArgumentParser, name: str) -> None:
        """Add the options of the model of this name. Raises InputError where there is none."""
        raise NotImplementedError

    def parse(self, arguments: list[str] | None = None) -> argparse.Namespace:
        """Raises InputError for an unknown or impossible option."""
        parser = self.parser(arguments)
        options = parser.parse_args(arguments)
        if options.suffix:
            try:
                options.name += "_" + options.suffix.format(**vars(options))
            except (KeyError, IndexError, ValueError) as error:
                raise InputError(
                    f"--suffix {options.suffix!r} names no option: {error}; see --help"
                ) from None
        _check(options)
        options.device = device_of(options.gpu_ids)
        options.checkpoints_dir = str(_checkpoints_folder(options.checkpoints_dir))
        return options


def device_of(gpu_ids: str) -> torch.device:
    """`--gpu_ids` 0 or 0,1,… → the first CUDA device named, or with a warning the CPU; −1 → CPU."""
    try:
        ids = [int(part) for part in str(gpu_ids).split(",")]
    except ValueError:
        raise InputError(f"--gpu_ids {gpu_ids!r}: give numbers such as 0 or 0,1, or -1 for the CPU") from None
    ids = [number for number in ids if number >= 0]
    if not ids:
        return torch.device("cpu")
    if not torch.cuda.is_available():
        warn(
            f"--gpu_ids {gpu_ids}: this machine has no usable CUDA device, working on the CPU (--gpu_ids -1)"
        )
        return torch.device("cpu")
    if len(ids) > 1:
        warn(f"--gpu_ids {gpu_ids}: one process works on one device, here {ids[0]}; for several use torchrun")
    return pick_device(f"cuda:{ids[0]}")


def table(options: argparse.Namespace) -> str:
    """All options, one a line, in alphabetical order."""
    return "".join(f"{name:>25}: {value}\n" for name, value in sorted(vars(options).items()))


def _experiment_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("experiment").add_argument
    add(
        "--dataroot",
        default="",
        help="needed; NAME of the data: the lists datasets/list/PHASE{A,B}/NAME.txt; FOLDER/NAME: those in "
        "FOLDER/PHASE{A,B}",
    )
    add(
        "--name",
        default="experiment_name",
        help="name of the experiment: the folder of its weights and results",
    )
    add("--gpu_ids", default="0", help="CUDA device; -1 for the CPU")
    add("--checkpoints_dir", default=DEFAULT_CHECKPOINTS, help="folder of the weights")
    add("--model", help="which model")
    add("--epoch", default="latest", help="which epoch's weights to load")
    add("--load_iter", type=int, default=0, help="load iter_N instead of an epoch, if above 0")
    add("--seed", type=int, default=0, help="start of everything that is random")
    add("--verbose", action="store_true", help="print the networks")
    add("--suffix", default="", help="appended to --name; may name options, as {model}_{netG}")


def _network_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("networks").add_argument
    add("--input_nc", type=int, default=3, help="channels of the photo")
    add("--output_nc", type=int, default=3, help="channels of the drawing: 1 for lines, 3 for colour")
    add("--ngf", type=int, default=64, help="width of the generator")
    add("--ndf", type=int, default=64, help="width of the discriminators")
    add("--netG", default="warp", help="generator")
    add("--netD", default="basic", help="discriminator: basic (3 layers) or n_layers")
    add("--n_layers_D", type=int, default=3, help="layers of the discriminator n_layers")
    add(
        "--init_type",
        default="normal",
        choices=["normal", "xavier", "kaiming", "orthogonal"],
        help="first weights",
    )
    add("--init_gain", type=float, default=0.02, help="scale of the first weights")


def _data_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("data").add_argument
    add("--dataset_mode", default="portrait_test", help="which data set")
    add("--serial_batches", action="store_true", help="take the files in order, not at random")
    add(
        "--num_threads",
        type=int,
        default=4,
        help="processes that load data, at most as many as there are cores to spare",
    )
    add("--batch_size", type=int, default=1, help="photos a batch")
    add("--load_size", type=int, default=286, help="scale the images to this size …")
    add("--crop_size", type=int, default=256, help="… then crop them to this size")
    add("--max_dataset_size", type=float, default=math.inf, help="use at most so many files of each list")
    add("--preprocess", default="resize_and_crop", choices=PREPROCESS, help="how images get their size")
    add("--no_flip", action="store_true", help="never mirror the images")
    add("--display_winsize", type=int, default=256, help="px of the images on web pages")


def _check(options: argparse.Namespace) -> None:
    if not options.dataroot:
        raise InputError("--dataroot is missing; give the name of the data, see --help")
    for name in (
        "load_size",
        "crop_size",
        "batch_size",
        "ngf",
        "ndf",
        "input_nc",
        "output_nc",
        "max_dataset_size",
    ):
        if not getattr(options, name) >= 1:
            raise InputError(f"--{name} {getattr(options, name)}: give a number of at least 1")
    if "resize" in options.preprocess and options.load_size < options.crop_size:
        raise InputError(
            f"--load_size {options.load_size} is below --crop_size {options.crop_size}; make it as large"
        )


def _checkpoints_folder(folder: str) -> Path:
    """The default, where it is not in the current folder, is the project's own."""
    if folder == DEFAULT_CHECKPOINTS and not Path(folder).is_dir():
        return SHIPPED
    return Path(folder)
