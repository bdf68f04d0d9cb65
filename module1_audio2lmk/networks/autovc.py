"""AutoVC with F0 (Qian et al. 2019, 2020): converts a voice through a narrow bottleneck.

MakeItTalk converts every voice to one, so that the landmark networks hear what is said, not who says it.
"""

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional as F

PAD_FRAMES = 32  # mels are padded with zeros to a multiple of this


def _normed_conv(in_channels: int, out_channels: int, groups: int, kernel_size: int = 5) -> nn.Sequential:
    """A convolution that keeps the length, under the published name ``conv``, and its norm."""
    conv = nn.Conv1d(in_channels, out_channels, kernel_size, padding=kernel_size // 2)
    return nn.Sequential(nn.Sequential(OrderedDict(conv=conv)), nn.GroupNorm(groups, out_channels))


class ContentEncoder(nn.Module):
    """Mel and speaker embedding -> one code every ``freq`` frames."""

    def __init__(self, in_size: int, neck: int, freq: int, channels: int, groups: int) -> None:
        super().__init__()
        self.neck, self.freq = neck, freq
        self.convolutions = nn.ModuleList(
            _normed_conv(in_size if index == 0 else channels, channels, groups) for index in range(3)
        )
        self.lstm = nn.LSTM(channels, neck, 2, batch_first=True, bidirectional=True)

    def forward(self, mel: Tensor, embedding: Tensor) -> Tensor:
        """(B, T, mel), (B, E) -> (B, T / freq, 2 neck).

        A code holds the forward state at its last frame and the backward state at its first.
        """
        if mel.shape[1] % self.freq:
            raise ValueError(f"{mel.shape[1]} mel frames are not a multiple of {self.freq}")
        x = torch.cat([mel, embedding[:, None].expand(-1, mel.shape[1], -1)], dim=2).transpose(1, 2)
        for convolution in self.convolutions:
            x = F.relu(convolution(x))
        states, _ = self.lstm(x.transpose(1, 2))
        forward, backward = states.split(self.neck, dim=2)
        return torch.cat([forward[:, self.freq - 1 :: self.freq], backward[:, :: self.freq]], dim=2)


class Decoder(nn.Module):
    """Repeated codes, target embedding and F0 -> mel."""

    def __init__(self, in_size: int, hidden: int, mel_size: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(in_size, hidden, 3, batch_first=True)
        self.linear_projection = nn.Sequential(OrderedDict(linear_layer=nn.Linear(hidden, mel_size)))

    def forward(self, x: Tensor) -> Tensor:
        states, _ = self.lstm(x)
        return self.linear_projection(states)


class Postnet(nn.Module):
    """Residual that sharpens a decoded mel: four tanh convolutions and a plain one."""

    def __init__(self, mel_size: int, channels: int, groups: int, mel_groups: int) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(
            _normed_conv(mel_size if index == 0 else channels, channels, groups) for index in range(4)
        )
        self.convolutions.append(_normed_conv(channels, mel_size, mel_groups))

    def forward(self, mel: Tensor) -> Tensor:
        x = mel.transpose(1, 2)
        for convolution in self.convolutions[:-1]:
            x = torch.tanh(convolution(x))
        return self.convolutions[-1](x).transpose(1, 2)


class AutoVC(nn.Module):
    """Voice conversion: content code of the source, embedding of the target, F0 of the source.

    neck: width of the code in each direction; freq: frames a code.
    embedding_size: speaker embedding; mel_size: mel bands; f0_size: quantised F0 as one-hot.
    channels: of the convolutions; groups, mel_groups: of their group norms (the last on ``mel_size``).
    decoder_hidden: LSTM width of the decoder.
    """

    def __init__(
        self,
        neck: int = 16,
        freq: int = 16,
        embedding_size: int = 256,
        mel_size: int = 80,
        f0_size: int = 257,
        channels: int = 512,
        groups: int = 32,
        mel_groups: int = 5,
        decoder_hidden: int = 512,
    ) -> None:
        super().__init__()
        self.encoder = ContentEncoder(mel_size + embedding_size, neck, freq, channels, groups)
        self.decoder = Decoder(2 * neck + embedding_size + f0_size, decoder_hidden, mel_size)
        self.postnet = Postnet(mel_size, channels, groups, mel_groups)

    def forward(
        self, mel: Tensor, source_embedding: Tensor, f0_onehot: Tensor, target_embedding: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Convert a mel to another voice.

        mel: (B, T, 80), T a multiple of ``freq``.
        source_embedding, target_embedding: (B, 256) unit-length speaker embeddings.
        f0_onehot: (B, T, 257) quantised F0 of the source.
        Returns the mel (B, T, 80) of the decoder, the same plus the post-net's residual, and the codes
        (B, T / freq * 2 neck).
        Raises ValueError where T is not a multiple of ``freq``.
        """
        codes = self.encoder(mel, source_embedding)
        target = target_embedding[:, None].expand(-1, mel.shape[1], -1)
        repeated = codes.repeat_interleave(self.encoder.freq, dim=1)
        decoded = self.decoder(torch.cat([repeated, target, f0_onehot], dim=2))
        return decoded, decoded + self.postnet(decoded), codes.flatten(1)


def convert_voice(
    model: AutoVC, mel: Tensor, source_embedding: Tensor, f0_onehot: Tensor, target_embedding: Tensor
) -> Tensor:
    """Post-net mel (T, 80) of a mel (T, 80) in a target voice: the published content feature.

    It is padded with zeros to a multiple of 32 frames.

    model: in evaluation mode.
    source_embedding, target_embedding: (256,).
    f0_onehot: (T, 257).
    """
    padded = (F.pad(part, (0, 0, 0, -len(mel) % PAD_FRAMES))[None] for part in (mel, f0_onehot))
    with torch.no_grad():
        _, converted, _ = model(next(padded), source_embedding[None], next(padded), target_embedding[None])
    return converted[0, : len(mel)]
