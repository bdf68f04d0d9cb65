"""Training models: what all of them share as the engine's tasks, and the optimisers of their options.

A model says what it computes (`forward`) and what its optimisers lower (`steps`); the engine does the rest.
"""

import argparse
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor
from torch.optim import Optimizer, lr_scheduler

from module1_audio2lmk.foundation.engine import Batch, Losses, Step, Task, Updates, UpdateSettings
from module1_audio2lmk.foundation.files import atomic_path

from .. import losses
from ..data.base_dataset import BaseDataset
from ..data.loading import epoch_loader
from ..networks import define_D, define_G
from ..options.flags import Flag
from ..util.images import to_image

__all__ = ["Batch", "Losses", "Step", "TrainingModel", "updates_of"]


class TrainingModel(Task):
    """Subclasses fill `networks`, by their published names, and `steps`; `dataset` is what they are trained
    on, `random` what they draw from in `forward`, `folder` where weights go: EPOCH_net_NAME.pth."""

    averaged = ("G_A",)
    FLAGS: tuple[Flag, ...] = ()  # options of its own
    DEFAULTS: ClassVar[dict[str, Any]] = {}  # of other options
    dataset: BaseDataset

    @staticmethod
    def further_flags() -> dict[str, Sequence[Flag]]:
        """Options that stand in groups of their own in --help, by the group's title."""
        return {}

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__()
        self.options, self.device = options, options.device
        self.folder = Path(options.checkpoints_dir) / options.name
        self.random = np.random.default_rng(options.seed)

    def add_generator(self, name: str, losses: Callable[[Any], Losses], **shape: int) -> None:
        """The generator of `--netG`, whose step comes first."""
        options = self.options
        size = options.input_nc, options.output_nc, options.ngf
        self.networks[name] = define_G(options.netG, *size, options.init_type, options.init_gain, **shape)
        self.steps = [Step((name,), losses)]

    def add_discriminator(self, name: str, channels: int) -> None:
        """A discriminator of `--netD`."""
        options = self.options
        size = channels, options.ndf, options.n_layers_D
        self.networks[name] = define_D(options.netD, *size, options.init_type, options.init_gain)

    def add_adversary(
        self, name: str, channels: int, weight: float, real_and_fake: Callable[[Any], tuple[Tensor, Tensor]]
    ) -> None:
        """A discriminator D… with a step of its own, whose loss G… joins the first step where `weight` > 0.

        real_and_fake: the true and the made image (B, channels, S, S) of what `forward` returned.
        """
        if weight <= 0:
            return
        options, generator = self.options, self.steps[0]
        self.add_discriminator(name, channels)

        def generator_losses(result: Any) -> Losses:
            found = generator.losses(result)
            lost = losses.generator_loss(self.networks[name], [real_and_fake(result)[1]], options.gan_mode)
            return found | {name.replace("D", "G"): weight * lost}

        def discriminator_losses(result: Any) -> Losses:
            real, made = real_and_fake(result)
            return {name: losses.discriminator_loss(self.networks[name], real, [made], options.gan_mode)}

        self.steps = [Step(generator.networks, generator_losses), Step((name,), discriminator_losses)]

    def look(self, result: Any) -> dict[str, Tensor]:
        """Images of the first item to look at, (1, C, H, W) in [−1, 1], from what `forward` returned."""
        raise NotImplementedError

    def batches(self, epoch: int, skip: int) -> Iterable[Batch]:
        return epoch_loader(self.dataset, self.options, epoch, skip)

    def visuals(self, result: Any) -> dict[str, np.ndarray]:
        return {name: to_image(image) for name, image in self.look(result).items()}

    def state_dict(self) -> dict[str, Any]:
        return {"random": self.random.bit_generator.state}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.random.bit_generator.state = state["random"]

    def export(self, label: str | None) -> None:
        """Write latest_net_NAME.pth of every network, with a label LABEL_net_NAME.pth, too."""
        for name in ("latest", label) if label else ("latest",):
            for network in self.networks:
                with atomic_path(self.folder / f"{name}_net_{network}.pth") as temporary:
                    state = self.networks[network].state_dict()
                    torch.save({key: value.cpu() for key, value in state.items()}, temporary)


def updates_of(model: TrainingModel, options: argparse.Namespace) -> Updates:
    """Adam for every step of a model, with the learning rate's course that `--lr_policy` names."""
    # Fused: one pass over the weights in the place of a dozen.
    adam = partial(torch.optim.Adam, lr=options.lr, betas=(options.beta1, 0.999), fused=True)
    settings = UpdateSettings(
        optimiser=adam,
        schedule=lambda optimiser: schedule(optimiser, options),
        accumulate=options.accumulate,
        precision=options.precision,
        channels_last=options.channels_last,
        average=options.ema,
        seed=options.seed,
    )
    return Updates(model, settings, options.device)


def schedule(optimiser: Optimizer, options: argparse.Namespace) -> Any:
    """The learning rate's course over the epochs."""
    if options.lr_policy == "step":
        return lr_scheduler.StepLR(optimiser, options.lr_decay_iters, gamma=0.1)
    if options.lr_policy == "plateau":
        return lr_scheduler.ReduceLROnPlateau(optimiser, factor=0.2, threshold=0.01, patience=5)
    if options.lr_policy == "cosine":
        return lr_scheduler.CosineAnnealingLR(optimiser, max(1, options.niter + options.niter_decay))

    def linear(epoch: int) -> float:
        past = max(0, epoch + options.epoch_count - options.niter)
        return 1.0 - past / (options.niter_decay + 1) if options.niter_decay else 1.0

    return lr_scheduler.LambdaLR(optimiser, linear)
