"""Options of train.py."""

import argparse

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.published_flags import add_published_flags

from .base_options import BaseOptions

POLICIES = ("linear", "step", "plateau", "cosine")
PRECISIONS = ("float32", "bfloat16", "float16")


class TrainOptions(BaseOptions):
    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        _display_options(parser)
        _saving_options(parser)
        _schedule_options(parser)
        _machine_options(parser)
        add_published_flags(parser, "module2_drawing/train.py")
        parser.set_defaults(model="portrait", dataset_mode="portrait")

    def add_model_options(self, parser: argparse.ArgumentParser, name: str) -> None:
        from ..training import find_model

        model, presets = find_model(name)
        model.add_options(parser)
        parser.set_defaults(**presets)

    def parse(self, arguments: list[str] | None = None) -> argparse.Namespace:
        options = super().parse(arguments)
        if options.batch_size % options.accumulate:
            raise InputError(
                f"--batch_size {options.batch_size} is no multiple of --accumulate {options.accumulate}"
            )
        for name in ("print_freq", "display_freq", "save_latest_freq", "save_epoch_freq", "keep_states"):
            if getattr(options, name) < 1:
                raise InputError(f"--{name} {getattr(options, name)}: give a number of at least 1")
        return options


def _display_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("display").add_argument
    add("--display_freq", type=int, default=400, help="show images every so many photos")
    add("--display_ncols", type=int, default=4, help="images a row in visdom")
    add("--display_id", type=int, default=1, help="window in visdom; 0 or below: no visdom")
    add("--display_server", default="http://localhost", help="address of the visdom server")
    add("--display_env", default="main", help="environment in visdom")
    add("--display_port", type=int, default=8097, help="port of the visdom server")
    add("--update_html_freq", type=int, default=1000, help="write images to the page every so many photos")
    add("--print_freq", type=int, default=100, help="print and log losses every so many photos")
    add("--no_html", action="store_true", help="write no page")


def _saving_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("saving").add_argument
    add("--save_latest_freq", type=int, default=5000, help="save the training state every so many photos")
    add("--save_epoch_freq", type=int, default=5, help="save the epoch's weights every so many epochs")
    add("--save_by_iter", action="store_true", help="save the weights as iter_N, too, not as latest alone")
    add("--keep_states", type=int, default=3, help="training states to keep")
    add("--continue_train", action="store_true", help="go on from the newest training state")
    add("--epoch_count", type=int, default=1, help="number of the first epoch")
    add("--phase", default="train", help="which lists: datasets/list/PHASE{A,B}")


def _schedule_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("schedule").add_argument
    add("--niter", type=int, default=100, help="epochs at the first learning rate")
    add("--niter_decay", type=int, default=100, help="epochs in which it falls to zero")
    add("--lr", type=float, default=0.0002, help="learning rate of Adam")
    add("--beta1", type=float, default=0.5, help="first momentum of Adam")
    add("--lr_policy", default="linear", choices=POLICIES, help="how the learning rate falls")
    add("--lr_decay_iters", type=int, default=50, help="epochs between the steps of the policy step")
    add("--gan_mode", default="lsgan", choices=["lsgan", "vanilla"], help="adversarial loss")
    add(
        "--pool_size",
        type=int,
        default=50,
        help="older fakes that the coherence discriminator is shown again",
    )


def _machine_options(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument_group("machine").add_argument
    add("--accumulate", type=int, default=1, help="parts that a batch is worked on in, one after the other")
    add("--precision", default="float32", choices=PRECISIONS, help="of convolutions (autocast)")
    add("--channels_last", action="store_true", help="memory layout that suits GPUs")
    add("--ema", type=float, default=0.0, help="decay of the averaged weights that are saved; 0: none")
