"""Encoder of a speech recogniser (Moonshine, Jeffries et al. 2024) of bounded look-ahead, for any length."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..foundation.backends import Entries

HEADS, ROTARY = 8, 32
#: Three convolutions of width 127, 7, 3 and step 64, 3, 2: samples from frame to frame, and under one frame.
STEP, REACH = 384, 127 + 6 * 64 + 2 * 192
#: Samples under an output of the first convolution and from one to the next; outputs under a frame and from
#: frame to frame.
FIRST_REACH, FIRST_STEP, FRAME_REACH, FRAME_STEP = 127, 64, 13, 6
#: Frames that `SpeechEncoder.advance` takes at a time at most.
LONGEST = 512
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
    rotary positions. The published encoder attends to the whole sound; here a frame attends, in each layer,
    to some frames before and after it, so that every frame is computed once: to few after it in a stream, to
    many where a whole sound is at hand. `training.encoder_task` teaches the same weights to say either way
    what the published ones say. The published norm takes the statistics of the whole sound; here they come
    with the sound, from what has been heard.

    ahead: frames after its own that a frame attends to, for each layer. Of the published six layers the
    middle ones tell mouths best: the last ones turn from sounds to words.
    width: features a frame.
    past: frames before its own that a frame attends to.
    whole_ahead: as ``ahead``, where whole sounds are heard; by default the same.
    """

    NUMBERS = (
        "width",
        "look_ahead",
        "whole_look_ahead",
        "step",
        "reach",
        "first_reach",
        "first_step",
        "frame_reach",
        "frame_step",
    )
    step, reach = STEP, REACH
    first_reach, first_step, frame_reach, frame_step = FIRST_REACH, FIRST_STEP, FRAME_REACH, FRAME_STEP

    def __init__(
        self,
        ahead: tuple[int, ...] = (3, 2, 2, 1),
        width: int = 288,
        past: int = 96,
        whole_ahead: tuple[int, ...] = (),
    ) -> None:
        super().__init__()
        self.width, self.ahead, self.past = width, tuple(ahead), past
        self.whole_ahead = tuple(whole_ahead) or self.ahead
        self.conv1 = nn.Conv1d(1, width, FIRST_REACH, FIRST_STEP, bias=False)
        self.norm = nn.Parameter(torch.ones(2, width))  # factor and summand of the norm after conv1
        self.conv2 = nn.Conv1d(width, 2 * width, 7, 3)
        self.conv3 = nn.Conv1d(2 * width, width, 3, 2)
        self.layers = nn.ModuleList(_Layer(width) for _ in self.ahead)
        # of the features over speech: what comes out is standardised
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("deviation", torch.ones(width))
        cosine, sine = rotary_table(past + max(self.ahead + self.whole_ahead) + LONGEST)
        self.register_buffer("cosine", cosine, persistent=False)
        self.register_buffer("sine", sine, persistent=False)

    @property
    def look_ahead(self) -> int:
        """Frames after its own that a frame of features depends on."""
        return sum(self.ahead)

    @property
    def whole_look_ahead(self) -> int:
        """The same where whole sounds are heard."""
        return sum(self.whole_ahead)

    def hear(self, samples: Tensor) -> Tensor:
        """Samples (N, S) → outputs of the first convolution, (N, width, P), P = (S - 127) // 64 + 1."""
        return torch.tanh(self.conv1(samples[:, None]))

    def normalise(self, heard: Tensor, deviation: Tensor) -> Tensor:
        """`hear`'s outputs over the deviation (N, P) that they count as having, with factor and summand."""
        factor, summand = self.norm[:, None, :, None]
        return heard / (deviation[:, None] + _EPSILON) * factor + summand

    def stem(self, normed: Tensor) -> Tensor:
        """`normalise`'s outputs (N, width, P) → frames (N, (P - 13) // 6 + 1, width)."""
        return F.gelu(self.conv3(F.gelu(self.conv2(normed)))).transpose(1, 2)

    def forward(self, frames: Tensor, whole: bool = False) -> Tensor:
        """Frames of sounds (N, T, width), of the `stem` → standardised features (N, T, width).

        whole: with ``whole_ahead``, as `advance_whole`; else as `advance`.
        """
        place = torch.arange(frames.shape[1], device=frames.device)
        cosine, sine = self._table(len(place))
        distance, x = place - place[:, None], frames
        for layer, ahead in zip(self.layers, self.whole_ahead if whole else self.ahead, strict=True):
            query, key, value = layer.project(x)
            mask = (distance <= ahead) & (distance >= -self.past)
            query, key = rotate(query, cosine, sine), rotate(key, cosine, sine)
            x = layer.finish(x, F.scaled_dot_product_attention(query, key, value, attn_mask=mask))
        return (x - self.mean) / self.deviation

    def advance(
        self, heard: Tensor, spread: Tensor, first: Tensor, end: Tensor, memory: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The next frames of a sound that is heard piece by piece; each is computed once.

        heard: (1, width, P), what `hear` says of the samples under the next (P - 13) // 6 + 1 frames, at most
        `LONGEST`; after the last frame, ``look_ahead`` frames of anything more.
        spread: (1, P), the deviations that norm it.
        first: (1,) int64, number of the first of these frames. end: (1,) int64, how many frames the sound
        has; any large number before that is known.
        memory: what the call before returned, zeros at the beginning.
        Returns standardised features (n, width) of the frames ``look_ahead`` before these: those of frames
        before the sound mean nothing. And the memory that the next call needs.
        """
        return self._advance(self.ahead, heard, spread, first, end, memory)

    def advance_whole(
        self, heard: Tensor, spread: Tensor, first: Tensor, end: Tensor, memory: Tensor
    ) -> tuple[Tensor, Tensor]:
        """`advance` with ``whole_ahead`` and ``whole_look_ahead``."""
        return self._advance(self.whole_ahead, heard, spread, first, end, memory)

    def _advance(
        self,
        aheads: tuple[int, ...],
        heard: Tensor,
        spread: Tensor,
        first: Tensor,
        end: Tensor,
        memory: Tensor,
    ) -> tuple[Tensor, Tensor]:
        x, kept = self.stem(self.normalise(heard, spread)), []
        parts = memory.split([self._remembered(ahead) for ahead in aheads])
        for layer, ahead, past in zip(self.layers, aheads, parts, strict=True):
            x, remembered = self._step(layer, ahead, x, first, end, past)
            first = first - ahead
            kept.append(remembered)
        return ((x - self.mean) / self.deviation)[0], torch.cat(kept)

    def _remembered(self, ahead: int) -> int:
        """Numbers that a layer remembers: of frames that wait, what they are and their queries; keys and
        values of these and of those before them."""
        return 2 * self.width * (ahead + self.past + ahead)

    def _step(
        self, layer: _Layer, ahead: int, x: Tensor, first: Tensor, end: Tensor, memory: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The frames x (1, t, width) from number ``first`` on → as many outputs, ``ahead`` frames late."""
        query, key, value = layer.project(x)
        waiting, before = memory.split([2 * self.width * ahead, 2 * self.width * (self.past + ahead)])
        waiting, before = waiting.view(2, ahead, self.width), before.view(2, 1, HEADS, self.past + ahead, -1)
        x = torch.cat([waiting[:1], x], dim=1)
        query = query.transpose(1, 2).flatten(2)  # as the frames, (1, t, width)
        query = torch.cat([waiting[1:], query], dim=1)
        keys, values = track = torch.cat([before, torch.stack([key, value])], dim=3)
        count = x.shape[1] - ahead
        place, own = _counted(track[0, 0, 0, :, 0]), self.past + _counted(x[0, :count, 0])
        number = place + first - (self.past + ahead)
        asked = query[:, :count].unflatten(2, (HEADS, -1)).transpose(1, 2)
        distance = place - own[:, None]
        # A frame before the sound hears itself, as to hear nothing gives no number.
        near = (distance <= ahead) & (distance >= -self.past) & (number >= 0) & (number < end)
        attended = F.scaled_dot_product_attention(
            rotate(asked, self.cosine[own], self.sine[own]),
            rotate(keys, self.cosine[place], self.sine[place]),
            values,
            attn_mask=near | (distance == 0),
        )
        out = layer.finish(x[:, :count], attended)
        waiting = torch.cat([x[:, count:], query[:, count:]])
        kept = track[:, :, :, count:]
        return out, torch.cat([waiting.flatten(), kept.flatten()])

    def _table(self, length: int) -> tuple[Tensor, Tensor]:
        if length <= len(self.cosine):
            return self.cosine[:length], self.sine[:length]
        cosine, sine = rotary_table(length)
        return cosine.to(self.mean), sine.to(self.mean)

    def entries(self) -> Entries:
        samples, first = torch.zeros(1, 3 * STEP + FIRST_REACH), torch.zeros(1, dtype=torch.int64)
        heard, end = torch.zeros(1, self.width, FRAME_REACH + FRAME_STEP), torch.full((1,), 1000)
        spread, free = torch.ones(1, heard.shape[2]), {"heard": 2, "spread": 1}
        forms = {"advance": self.ahead, "advance_whole": self.whole_ahead}
        memories = {name: torch.zeros(sum(map(self._remembered, form))) for name, form in forms.items()}
        advancing = {name: ((heard, spread, first, end, memory), free) for name, memory in memories.items()}
        return {"hear": ((samples,), {"samples": 1}), **advancing}


def _counted(x: Tensor) -> Tensor:
    """0, 1, 2 …, as many as there are numbers in x (n,): the export would fix the length of an arange."""
    return (x * 0 + 1).long().cumsum(0) - 1


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
