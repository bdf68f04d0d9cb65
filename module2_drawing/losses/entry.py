"""Entries of the table of losses: what a loss adds to the training, and its names as flags and in logs."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from torch import Tensor, nn

from ..options.flags import Flag as Flag

Options = argparse.Namespace


class Drawn(Protocol):
    """What a loss looks at: a batch of the data set `portrait`, and what was drawn of it.

    frames: two neighbouring ones (B, C, S, S) in [−1, 1]; truths: what they should be; static: the drawings
    of the unmoved photos.
    """

    batch: dict[str, Any]
    options: Options
    frames: tuple[Tensor, Tensor]
    truths: tuple[Tensor, Tensor]
    static: Tensor

    def older(self, images: Tensor) -> Tensor:
        """Fake images, now and then older ones in their place."""


class Discriminator(NamedTuple):
    """A network that is trained against a loss; `name` is that of the network, its files and its own loss.

    channels: of its input, under the options. loss: of the network and what was drawn, without weight.
    """

    name: str
    channels: Callable[[Options], int]
    loss: Callable[[nn.Module, Drawn], Tensor]


class FixedNetwork(NamedTuple):
    """A network that a loss looks through; key: of the known checkpoints; flag: names another file."""

    kind: type[nn.Module]
    key: str
    flag: str


@dataclass(frozen=True)
class Loss:
    """A loss of the portrait model.

    name: the one name of it. logged: the published name in logs. weight: the flag that it is multiplied by; 0
    leaves it out, its network and all. value: of what was drawn → scalar; with a network, of that and it.
    wanted: a further condition on the options.
    """

    name: str
    logged: str
    weight: str
    value: Callable[..., Tensor]
    network: Discriminator | FixedNetwork | None = None
    wanted: Callable[[Options], bool] = lambda options: True

    def weight_of(self, options: Options) -> float:
        """Its weight under the options, 0 where they leave it out."""
        return getattr(options, self.weight) if self.wanted(options) else 0.0
