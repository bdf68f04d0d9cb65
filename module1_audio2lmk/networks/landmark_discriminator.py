"""Discriminator of landmark sequences for the adversarial training of the speaker branch."""

import torch
from torch import Tensor, nn

from .speaker_branch import perceptron
from .transformer import TransformerEncoder


class LandmarkDiscriminator(nn.Module):
    """Short landmark sequences -> one score each, high for real ones (LSGAN: no sigmoid).

    A transformer reads the frames, the largest value over time of each channel goes through a perceptron
    (Attn_d of MakeItTalk). Without a speaker code it judges whether the motion is real,
    with one (``code_size`` > 0) whether it is real and this speaker's.

    face_size: numbers of a face, 68 points x 3.
    code_size: size of the speaker code; 0 for none.
    d_model, layers, heads, d_ff, dropout, max_length: the transformer.
    out_hidden: hidden layers of the perceptron.
    """

    def __init__(
        self,
        face_size: int = 204,
        code_size: int = 0,
        d_model: int = 64,
        layers: int = 2,
        heads: int = 2,
        d_ff: int = 2048,
        dropout: float = 0.1,
        max_length: int = 512,
        out_hidden: tuple[int, int] = (512, 256),
    ) -> None:
        super().__init__()
        self.code_size = code_size
        self.encoder = TransformerEncoder(
            face_size + code_size, d_model, layers, heads, d_ff, dropout, max_length
        )
        self.out = perceptron((d_model, *out_hidden, 1))

    def forward(self, landmarks: Tensor, speaker_code: Tensor | None = None) -> Tensor:
        """Score sequences.

        landmarks: (B, T, 204) normalised landmarks, T <= ``max_length`` (published: windows of 64).
        speaker_code: (B, code_size) if the network was built for one.
        Returns (B, 1).
        Raises ValueError where a code is missing, or given to a network built without.
        """
        if (speaker_code is None) != (self.code_size == 0):
            raise ValueError(f"this discriminator takes a speaker code of size {self.code_size}")
        if speaker_code is not None:
            code = speaker_code[:, None].expand(-1, landmarks.shape[1], -1)
            landmarks = torch.cat([landmarks, code], dim=2)
        return self.out(self.encoder(landmarks).amax(dim=1))
