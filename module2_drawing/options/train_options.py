"""Options of train.py."""

import argparse

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.published_flags import add_published_flags

from .base_options import BaseOptions
from .flags import Flag, add_flags

DISPLAY = (
    Flag("display_freq", 400, "show images every so many photos"),
    Flag("display_ncols", 4, "images a row in visdom"),
    Flag("display_id", 1, "window in visdom; 0 or below: no visdom"),
    Flag("display_server", "http://localhost", "address of the visdom server"),
    Flag("display_env", "main", "environment in visdom"),
    Flag("display_port", 8097, "port of the visdom server"),
    Flag("update_html_freq", 1000, "write images to the page every so many photos"),
    Flag("print_freq", 100, "print and log losses every so many photos"),
    Flag("no_html", False, "write no page"),
)
SAVING = (
    Flag("save_latest_freq", 5000, "save the training state every so many photos"),
    Flag("save_epoch_freq", 5, "save the epoch's weights every so many epochs"),
    Flag("save_by_iter", False, "save the weights as iter_N, too, not as latest alone"),
    Flag("keep_states", 3, "training states to keep"),
    Flag("continue_train", False, "go on from the newest training state"),
    Flag("epoch_count", 1, "number of the first epoch"),
    Flag("phase", "train", "which lists: datasets/list/PHASE{A,B}"),
)
SCHEDULE = (
    Flag("niter", 100, "epochs at the first learning rate"),
    Flag("niter_decay", 100, "epochs in which it falls to zero"),
    Flag("lr", 0.0002, "learning rate of Adam"),
    Flag("beta1", 0.5, "first momentum of Adam"),
    Flag("lr_policy", "linear", "how the learning rate falls", ("linear", "step", "plateau", "cosine")),
    Flag("lr_decay_iters", 50, "epochs between the steps of the policy step"),
    Flag("gan_mode", "lsgan", "adversarial loss", ("lsgan", "vanilla")),
    Flag("pool_size", 50, "older fakes that the coherence discriminator is shown again"),
)
MACHINE = (
    Flag("accumulate", 1, "parts that a batch is worked on in, one after the other"),
    Flag("precision", "float32", "of convolutions (autocast)", ("float32", "bfloat16", "float16")),
    Flag("channels_last", False, "memory layout that suits GPUs"),
    Flag("ema", 0.0, "decay of the averaged weights that are saved; 0: none"),
)


class TrainOptions(BaseOptions):
    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        groups = {"display": DISPLAY, "saving": SAVING, "schedule": SCHEDULE, "machine": MACHINE}
        for title, flags in groups.items():
            add_flags(parser.add_argument_group(title), flags)
        add_published_flags(parser, "module2_drawing/train.py")
        parser.set_defaults(model="portrait", dataset_mode="portrait")

    def add_model_options(self, parser: argparse.ArgumentParser, name: str) -> None:
        from ..training import find_model

        model, presets = find_model(name)
        add_flags(parser, model.FLAGS)
        for title, flags in model.further_flags().items():
            add_flags(parser.add_argument_group(title), flags)
        parser.set_defaults(**model.DEFAULTS, **presets)

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
