"""SphereFace-20, and what networks have in common whose face features the identity loss compares."""

from collections.abc import Sequence

from torch import Tensor, nn

WIDTHS = (64, 128, 256, 512)
PAIRS = (1, 2, 4, 1)  # residual pairs of convolutions in each stage


class FaceNetwork(nn.Module):
    """A network of faces. input_size: height and width of them; margins: what it sees around the face window,
    at the left, right, top and bottom, shares of its side; scale: of its features in the identity loss."""

    input_size: tuple[int, int]
    margins = (0.0, 0.0, 0.0, 0.0)
    scale = 1.0

    def features(self, face: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Features at every level: four stages, and one vector a face."""
        raise NotImplementedError

    def forward(self, face: Tensor) -> Tensor:
        """Faces (B, 3, *input_size) in [-1, 1] -> face features (B, outputs)."""
        return self.features(face)[-1]


class SphereFace20(FaceNetwork):
    """Four stages of a strided convolution and residual pairs x + PReLU(conv(PReLU(conv(x)))), then a linear.

    The layer names are the published ones: `conv{stage}_{i}`, `relu{stage}_{i}`, `fc5`.

    widths: channels of the four stages.
    outputs: length of the face feature.
    """

    input_size = (112, 96)

    def __init__(self, widths: Sequence[int] = WIDTHS, outputs: int = 512) -> None:
        super().__init__()
        previous = 3
        for stage, (width, pairs) in enumerate(zip(widths, PAIRS, strict=True), start=1):
            for i in range(1, 2 * pairs + 2):
                conv = nn.Conv2d(previous, width, 3, stride=2 if i == 1 else 1, padding=1)
                setattr(self, f"conv{stage}_{i}", conv)
                setattr(self, f"relu{stage}_{i}", nn.PReLU(width))
                previous = width
        self.fc5 = nn.Linear(widths[-1] * 7 * 6, outputs)

    def features(self, face: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Features at every level.

        face: (B, 3, 112, 96) in [-1, 1].
        Returns the four stages, of the published widths (B, 64, 56, 48), (B, 128, 28, 24), (B, 256, 14, 12)
        and (B, 512, 7, 6), and the output of `fc5`, (B, outputs).
        """
        levels = []
        x = face
        for stage, pairs in enumerate(PAIRS, start=1):
            x = self._layer(x, stage, 1)
            for pair in range(pairs):
                x = x + self._layer(self._layer(x, stage, 2 * pair + 2), stage, 2 * pair + 3)
            levels.append(x)
        first, second, third, fourth = levels
        return first, second, third, fourth, self.fc5(x.flatten(1))

    def _layer(self, x: Tensor, stage: int, i: int) -> Tensor:
        return getattr(self, f"relu{stage}_{i}")(getattr(self, f"conv{stage}_{i}")(x))
