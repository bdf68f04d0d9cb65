"""Encoder of a speech recogniser (Moonshine, Jeffries et al. 2024) with a bounded look-ahead, for streams."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..foundation.backends import Entries

HEADS, ROTARY = 8, 32
#: Three convolutions of width 127, 7, 3 and step 64, 3, 2: samples from frame to frame, and under one frame.
STEP, REACH = 384, 127 + 6 * 64 + 2 * 192
_EPSILON = 1e-5


class _Layer(nn.Module):
    """Self-attention and feed-forward, each after a norm and added to what came in."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(width, bias=False)
        self.projection = nn.Linear(width, 3 * width, bias=False)
        self.output = nn.Linear(width, width, bias=False)
        self.feed_norm = nn.LayerNorm(width, bias=False)
        self.widen = nn.Linear(width, 4 * width)
        self.narrow = nn.Linear(4 * width, width)

    def project(self, x: Tensor) -> Tensor:
        """(N, T, width) → queries, keys and values, (3, N, heads, T, width / heads)."""
        parts = self.projection(self.attention_norm(x)).unflatten(2, (3, HEADS, -1))
        return parts.permute(2, 0, 3, 1, 4)

    def finish(self, x: Tensor, attended: Tensor) -> Tensor:
        """What the layer read and what its heads attended to, (N, heads, T, width / heads) → its output."""
        x = x + self.output(attended.transpose(1, 2).flatten(2))
        return x + self.narrow(F.gelu(self.widen(self.feed_norm(x))))


class SpeechEncoder(nn.Module):
    """Waveform → features of speech, one vector every 384 samples (24 ms at 16 kHz).

    Stem of three convolutions with a norm over all channels after the first, then transformer layers with
    rotary positions. The published encoder attends to the whole sound; here frames come in blocks, each in a
    window of ``again`` frames before it and ``ahead`` frames after it, and a window attends to itself and to
    ``past`` frames before it. Frames of the past are remembered as they were when they left the window, with
    `again` + `ahead` frames of future known. The published norm takes the statistics of the whole sound; here
    they come with each block, from what has been heard.

    Args:
        layers: transformer layers, the first of the published six. Middle ones tell mouths best: the last
            ones turn from sounds to words.
        width: features a frame.
        block: frames that are ready together. past, again, ahead: frames, see above.
    """

    NUMBERS = ("width", "block", "past", "again", "ahead", "window", "step", "reach")
    step, reach = STEP, REACH

    def __init__(
        self,
        layers: int = 4,
        width: int = 288,
        block: int = 4,
        past: int = 64,
        again: int = 16,
        ahead: int = 7,
    ) -> None:
        super().__init__()
        self.width, self.block, self.past, self.again, self.ahead = width, block, past, again, ahead
        self.frames = again + block + ahead
        self.conv1 = nn.Conv1d(1, width, 127, 64, bias=False)
        self.norm = nn.Parameter(torch.ones(2, width))  # factor and summand of the norm after conv1
        self.conv2 = nn.Conv1d(width, 2 * width, 7, 3)
        self.conv3 = nn.Conv1d(2 * width, width, 3, 2)
        self.layers = nn.ModuleList(_Layer(width) for _ in range(layers))
        # of the features over speech: what comes out is standardised
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("deviation", torch.ones(width))
        cosine, sine = rotary_table(past + self.frames)
        self.register_buffer("cosine", cosine, persistent=False)
        self.register_buffer("sine", sine, persistent=False)

    @property
    def window(self) -> int:
        """Samples under a window."""
        return (self.frames - 1) * STEP + REACH

    def hear(self, windows: Tensor) -> Tensor:
        """Samples (N, ``window``) → outputs of the first convolution, (N, width, T)."""
        return torch.tanh(self.conv1(windows[:, None]))

    def stem(self, heard: Tensor, deviation: Tensor) -> Tensor:
        """`hear` of N blocks and the deviation (N,) that norms them → frames (N, frames, width)."""
        factor, summand = self.norm[:, None, :, None]
        normed = heard / (deviation[:, None, None] + _EPSILON) * factor + summand
        return F.gelu(self.conv3(F.gelu(self.conv2(normed)))).transpose(1, 2)

    def advance(self, heard: Tensor, spread: Tensor, memory: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
        """`forward` from what `hear` heard, (N, width, T), and the deviation (N,) that norms it."""
        return self(self.stem(heard, spread), memory, known)

    def forward(self, frames: Tensor, memory: Tensor, known: Tensor) -> tuple[Tensor, Tensor]:
        """Consecutive blocks of one sound.

        Args:
            frames: (N, frames, width), of the `stem`.
            memory: what the call before returned; `silence` at the beginning.
            known: (1,) int64, the frames heard before these.

        Returns:
            Standardised features (N · block, width), and the memory that the next call needs.
        """
        remembered, x = [], frames
        cosine, sine = self.cosine, self.sine
        # 0, block, 2 block …: summed up, as the export would fix the length of an arange.
        first = self.block * (torch.ones_like(frames[:, 0, 0], dtype=torch.int64).cumsum(0) - 1)
        own, mask = slice(self.past, None), self._mask(first + known)
        for layer, before in zip(self.layers, memory, strict=True):
            query, key, value = layer.project(x)
            keys, values, kept = self._with_past(torch.stack([key, value]), before, first)
            remembered.append(kept)
            attended = F.scaled_dot_product_attention(
                rotate(query, cosine[own], sine[own]), rotate(keys, cosine, sine), values, attn_mask=mask
            )
            x = layer.finish(x, attended)
        ready = x[:, self.again : self.again + self.block].flatten(0, 1)
        return (ready - self.mean) / self.deviation, torch.stack(remembered)

    def silence(self) -> Tensor:
        """The memory before the first block, (layers, 2, heads, past, width / heads)."""
        return self.mean.new_zeros(len(self.layers), 2, HEADS, self.past, self.width // HEADS)

    def entries(self) -> Entries:
        windows = torch.zeros(2, self.window)
        heard, known = self.hear(windows), torch.zeros(1, dtype=torch.int64)
        return {
            "hear": ((windows,), {"windows": 0}),
            "advance": ((heard, torch.ones(2), self.silence(), known), {"heard": 0, "spread": 0}),
        }

    def _with_past(self, fresh: Tensor, before: Tensor, first: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Keys and values (2, N, heads, T, d) of blocks that begin at the frames ``first`` (N,), counted from
        the first block → those with what lies before each, and what to keep.

        The oldest frames of a window, as many as a block, are not in the next one: they are remembered.
        """
        own = fresh[:, :, :, : self.block].transpose(1, 2).flatten(2, 3)  # (2, heads, N * block, d)
        track = torch.cat([before, own], dim=2)
        place = first[:, None] + torch.arange(self.past, device=track.device)
        history = track[:, :, place].transpose(1, 2)  # (2, N, heads, past, d)
        keys, values = torch.cat([history, fresh], dim=3)
        return keys, values, track[:, :, -self.past :]

    def _mask(self, heard: Tensor) -> Tensor:
        """True where the keys exist of blocks that follow so many frames: (N,) → (N, 1, 1, past + frames)."""
        place = torch.arange(self.past + self.frames, device=heard.device)
        return (place >= self.past - heard[:, None])[:, None, None]


def rotary_table(length: int) -> tuple[Tensor, Tensor]:
    """Cosines and sines (length, 32) of the rotary positions; neighbouring numbers turn together."""
    # In NumPy: on the device "meta", where sizes are checked, torch's arange imports its compiler, 5 seconds.
    frequency = np.float32(10000) ** (-np.arange(0, ROTARY, 2, dtype=np.float32) / ROTARY)
    angle = np.outer(np.arange(length, dtype=np.float32), frequency).repeat(2, axis=1)
    return torch.from_numpy(np.cos(angle)), torch.from_numpy(np.sin(angle))


def rotate(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Turn the first 32 numbers of (..., T, d) by the angles of their positions (T, 32)."""
    turned, rest = x[..., :ROTARY], x[..., ROTARY:]
    across = torch.stack([-turned[..., 1::2], turned[..., ::2]], dim=-1).flatten(-2)
    return torch.cat([turned * cosine + across * sine, rest], dim=-1)
