"""Darkness loss, as somebody might add it: frames are as dark as their truths, and a discriminator agrees."""

from torch import Tensor, nn

from module2_drawing.losses import Discriminator, Drawn, Flag, Loss, discriminator_loss, generator_loss


def darkness(frame: Tensor, truth: Tensor) -> Tensor:
    """Two drawings (B, C, S, S) in [−1, 1] → squared difference of their means."""
    return (frame.mean((1, 2, 3)) - truth.mean((1, 2, 3))).square().mean()


def _value(drawn: Drawn) -> Tensor:
    return sum(darkness(frame, truth) for frame, truth in zip(drawn.frames, drawn.truths, strict=True))


def _generator(drawn: Drawn, network: nn.Module) -> Tensor:
    return generator_loss(network, drawn.frames)


def _discriminator(network: nn.Module, drawn: Drawn) -> Tensor:
    return discriminator_loss(network, drawn.batch["real"], drawn.frames)


LOSSES = (
    Loss("darkness", "dark_B", "lambda_darkness", _value),
    Loss(
        "darkness, adversarial",
        "G_A_dark",
        "lambda_darkness_D",
        _generator,
        Discriminator("D_A_dark", lambda options: options.output_nc, _discriminator),
    ),
)
FLAGS = (
    Flag("lambda_darkness", 1.0, "weight of the darkness loss"),
    Flag("lambda_darkness_D", 0.0, "weight of its discriminator"),
)
