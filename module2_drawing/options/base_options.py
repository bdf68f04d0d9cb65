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

from .flags import Flag, add_flags

DEFAULT_CHECKPOINTS = "./checkpoints"
EXPERIMENT = (
    Flag(
        "dataroot",
        "",
        "needed; NAME of the data: the lists datasets/list/PHASE{A,B}/NAME.txt; FOLDER/NAME: those in "
        "FOLDER/PHASE{A,B}",
    ),
    Flag("name", "experiment_name", "of the experiment: the folder of its weights and results"),
    Flag("gpu_ids", "0", "CUDA device; -1 for the CPU"),
    Flag("checkpoints_dir", DEFAULT_CHECKPOINTS, "folder of the weights"),
    Flag("model", "", "which model"),
    Flag("epoch", "latest", "which epoch's weights to load"),
    Flag("load_iter", 0, "load iter_N instead of an epoch, if above 0"),
    Flag("seed", 0, "start of everything that is random"),
    Flag("verbose", False, "print the networks"),
    Flag("suffix", "", "appended to --name; may name options, as {model}_{netG}"),
)
NETWORKS = (
    Flag("input_nc", 3, "channels of the photo"),
    Flag("output_nc", 3, "channels of the drawing: 1 for lines, 3 for colour"),
    Flag("ngf", 64, "width of the generator"),
    Flag("ndf", 64, "width of the discriminators"),
    Flag("netG", "warp", "generator"),
    Flag("netD", "basic", "discriminator: basic (3 layers), n_layers or one that was added"),
    Flag("n_layers_D", 3, "layers of the discriminator n_layers"),
    Flag("init_type", "normal", "first weights", ("normal", "xavier", "kaiming", "orthogonal")),
    Flag("init_gain", 0.02, "scale of the first weights"),
)
PREPROCESS = ("resize_and_crop", "crop", "scale_width", "scale_width_and_crop", "none")
DATA = (
    Flag("dataset_mode", "portrait_test", "which data set"),
    Flag("serial_batches", False, "take the files in order, not at random"),
    Flag("num_threads", 4, "processes that load data, at most as many as there are cores to spare"),
    Flag("batch_size", 1, "photos a batch"),
    Flag("load_size", 286, "scale the images to this size …"),
    Flag("crop_size", 256, "… then crop them to this size"),
    Flag("max_dataset_size", math.inf, "use at most so many files of each list"),
    Flag("preprocess", "resize_and_crop", "how images get their size", PREPROCESS),
    Flag("no_flip", False, "never mirror the images"),
    Flag("display_winsize", 256, "px of the images on web pages"),
)
#: Numbers that have to be at least 1.
_COUNTS = ("load_size", "crop_size", "batch_size", "ngf", "ndf", "input_nc", "output_nc", "max_dataset_size")


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are InputErrors, so that every command reports them in one line."""

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message}; see --help")


class BaseOptions:
    """Options under their pix2pix names. `parse` returns a namespace with `device` added."""

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        for title, flags in {"experiment": EXPERIMENT, "networks": NETWORKS, "data": DATA}.items():
            add_flags(parser.add_argument_group(title), flags)
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
        add_flags(parser, find_dataset(parser.parse_known_args(arguments)[0].dataset_mode).FLAGS)
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
        if options.checkpoints_dir == DEFAULT_CHECKPOINTS and not Path(DEFAULT_CHECKPOINTS).is_dir():
            options.checkpoints_dir = str(SHIPPED)  # those of the project
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


def _check(options: argparse.Namespace) -> None:
    if not options.dataroot:
        raise InputError("--dataroot is missing; give the name of the data, see --help")
    for name in _COUNTS:
        if not getattr(options, name) >= 1:
            raise InputError(f"--{name} {getattr(options, name)}: give a number of at least 1")
    if "resize" in options.preprocess and options.load_size < options.crop_size:
        raise InputError(
            f"--load_size {options.load_size} is below --crop_size {options.crop_size}; make it as large"
        )
