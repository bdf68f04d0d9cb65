"""Networks of the drawing stage, and the registry behind `--netG` and `--netD`.

Each network is one file and is built from its arguments alone. The published options' names are aliases.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from module1_audio2lmk.foundation.errors import InputError

from .flow_correction import FlowCorrection
from .flow_regression import FlowPrediction, FlowRegressionUNet
from .generator import EncodedPhoto, WarpGenerator
from .mobileface import MobileFace
from .mobilefacenet import MobileFaceNet
from .modnet import MODNet
from .overpaint import OverpaintGenerator
from .patch_discriminator import PatchDiscriminator
from .photo2cartoon import Photo2CartoonGenerator
from .sphereface import FaceNetwork, SphereFace20
from .static_drawing import StaticDrawingGenerator

GENERATORS: dict[str, type[nn.Module]] = {
    "warp": WarpGenerator,
    "overpaint": OverpaintGenerator,
    "static": StaticDrawingGenerator,
}
GENERATOR_ALIASES = {"resnet_9blocks_rcatland32_full_ifw": "warp", "resnet_style2_9blocks": "static"}
#: Flow A by name, `--netF`: of the form of either, what is trained and what `rendering/flow.py` draws with.
FLOW_NETWORKS: dict[str, type[nn.Module]] = {"unet": FlowRegressionUNet, "correction": FlowCorrection}
#: The names that weight files, and the options beside those of a training run, call networks by: those of all
#: that are imported here, and the generators' options.
NETWORKS: dict[str, type[nn.Module]] = {
    name: kind for name, kind in globals().items() if isinstance(kind, type) and issubclass(kind, nn.Module)
}
NETWORKS |= GENERATORS | {alias: GENERATORS[name] for alias, name in GENERATOR_ALIASES.items()}
#: Input channels, width and number of layers → network.
DISCRIMINATORS: dict[str, Callable[[int, int, int], nn.Module]] = {
    "basic": lambda input_nc, ndf, _: PatchDiscriminator(input_nc, ndf, n_layers=3),
    "n_layers": PatchDiscriminator,
}
#: First weights by name: of a tensor, a gain and a source of random numbers, in place.
INITIALISATIONS: dict[str, Callable[[Tensor, float, torch.Generator | None], Tensor]] = {
    "normal": lambda weight, gain, random: nn.init.normal_(weight, 0.0, gain, generator=random),
    "xavier": lambda weight, gain, random: nn.init.xavier_normal_(weight, gain, generator=random),
    "kaiming": lambda weight, gain, random: nn.init.kaiming_normal_(weight, generator=random),
    "orthogonal": lambda weight, gain, random: nn.init.orthogonal_(weight, gain, generator=random),
}


def define_G(
    name: str = "warp",
    input_nc: int = 3,
    output_nc: int = 1,
    ngf: int = 64,
    init_type: str = "normal",
    init_gain: float = 0.02,
    seed: int | None = None,
    **shape: Any,
) -> nn.Module:
    """Build and initialise a generator by name; `shape`: its further arguments, as `n_blocks` or `div`.

    Without a seed the global random state is used. Raises InputError for a name that there is not.
    """
    name = GENERATOR_ALIASES.get(name, name)
    if name not in GENERATORS:
        raise InputError(
            f"unknown generator '{name}'; use one of {', '.join((*GENERATORS, *GENERATOR_ALIASES))}"
        )
    net = GENERATORS[name](input_nc=input_nc, output_nc=output_nc, ngf=ngf, **shape)
    return init_weights(net, init_type, init_gain, seed)


def define_D(
    name: str = "basic",
    input_nc: int = 1,
    ndf: int = 64,
    n_layers: int = 3,
    init_type: str = "normal",
    init_gain: float = 0.02,
    seed: int | None = None,
) -> nn.Module:
    """Build and initialise a discriminator by name; `n_layers` counts for "n_layers" only, "basic" has three.

    Raises InputError for a name that there is not.
    """
    if name not in DISCRIMINATORS:
        raise InputError(f"unknown discriminator '{name}'; use one of {', '.join(DISCRIMINATORS)}")
    return init_weights(DISCRIMINATORS[name](input_nc, ndf, n_layers), init_type, init_gain, seed)


def init_weights(
    net: nn.Module, kind: str = "normal", gain: float = 0.02, seed: int | None = None
) -> nn.Module:
    """Draw the weights of convolutions and linears anew, in place, with biases of 0; returns the network.

    kind: "normal" (standard deviation `gain`), "xavier" (normal, times `gain`), "kaiming" (normal, fan in;
    takes no gain) or "orthogonal" (times `gain`). gain: also the standard deviation of batch norm's scales
    around 1. Without a seed the global random state is used. Raises InputError for another kind.
    """
    if kind not in INITIALISATIONS:
        raise InputError(f"unknown initialisation '{kind}'; use one of {', '.join(INITIALISATIONS)}")
    random = None if seed is None else torch.Generator().manual_seed(seed)
    for module in net.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            INITIALISATIONS[kind](module.weight, gain, random)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d) and module.affine:
            nn.init.normal_(module.weight, 1.0, gain, generator=random)
            nn.init.zeros_(module.bias)
    return net
