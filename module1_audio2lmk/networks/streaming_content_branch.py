"""Content branch for streams: dilated convolutions with a bounded look-ahead instead of windows."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..foundation.backends import Entries

#: Rest is believed where it is not improbable (logits), but lasts (frames): between words lips stay open.
REST_BIAS, REST_FRAMES = 1.3, 25
_LONG_REST = 99.0  # logit of frames before the sequence: nobody has spoken


def convolved(conv: nn.Conv1d, x: Tensor) -> Tensor:
    """A convolution (B, channels, T) → (B, out, t) as one matrix product.

    A stream has a frame or two at a time, for which setting up a convolution takes longer than the sum.
    """
    (size,), (dilation,) = conv.kernel_size, conv.dilation
    count = x.shape[2] - (size - 1) * dilation
    taps = [x[:, :, i * dilation : i * dilation + count] for i in range(size)]
    return conv.weight.transpose(1, 2).flatten(1) @ torch.cat(taps, dim=1) + conv.bias[:, None]


class _Convolution(nn.Module):
    """A convolution over time that reaches ``ahead`` frames into the future."""

    def __init__(self, in_size: int, out_size: int, kernel: int, dilation: int, ahead: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(in_size, out_size, kernel, dilation=dilation)
        self.ahead = ahead
        self.behind, self.reach = (kernel - 1) * dilation - ahead, (kernel - 1) * dilation

    def forward(self, x: Tensor) -> Tensor:
        return self.answer(x, self.conv(F.pad(x, (self.behind, self.ahead))))

    def answer(self, x: Tensor, convolved: Tensor) -> Tensor:
        """What comes out for the frames x (B, in_size, T) and their convolution (B, out_size, T)."""
        return convolved

    def step(self, x: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
        """The next frames (B, in_size, t) of a sequence → t outputs, ``ahead`` frames late, and what to
        remember, (B, in_size, behind + ahead); it is zero before the sequence."""
        x = torch.cat([past, x], dim=2)
        own = x[:, :, self.behind : x.shape[2] - self.ahead]
        return self.answer(own, convolved(self.conv, x)), x[:, :, -self.reach :]


class _Residual(_Convolution):
    """x + dropout(relu(conv x))."""

    def __init__(self, channels: int, kernel: int, dilation: int, ahead: int, dropout: float) -> None:
        super().__init__(channels, channels, kernel, dilation, ahead)
        self.dropout = nn.Dropout(dropout)

    def answer(self, x: Tensor, convolved: Tensor) -> Tensor:
        return x + self.dropout(F.relu(convolved))


class StreamingContentBranch(nn.Module):
    """Frames of normalised log-mel -> shape of mouth and jaw, one a frame, with no recurrence.

    A per-frame layer, convolutions that look both ways, then convolutions that look back only. An output
    frame depends on ``look_ahead`` frames after its own; outside of the sequence the hidden features count as
    zero.

    Two kinds of such stacks live in one network: ``members``, whose shapes are averaged, and ``closure``,
    which tells whether the lips touch. What lips do on the whole is learnt from talking clips, that they
    meet on p, b, m and rest in pauses from synthetic speech; apart, neither spoils the other. A closure stack
    of two outputs tells apart whether speech closes the lips and whether nobody has spoken for a while: they
    touch for either.

    in_size: features a frame.
    channels: width of the members. closure_channels: width of the closure stack.
    closure_size: outputs of the closure stack, 1 or 2.
    kernel: of the first convolution, odd, centred.
    dilations: of the centred convolutions of width 3.
    causal_dilations: of the convolutions of width 3 that look back only.
    shape_size: coordinates of the shape in the ``basis``.
    face_size: numbers of a face, 68 points x 3.
    members: stacks whose shapes are averaged.
    dropout: in training only.
    context: instead of such stacks, members are one linear convolution of (width, dilation, frames ahead) and
    the closure stack such a convolution and one layer more: for features of a speech encoder, which has done
    the rest.
    """

    NUMBERS = ("in_size", "look_ahead")

    def __init__(
        self,
        in_size: int = 80,
        channels: int = 128,
        closure_channels: int = 64,
        kernel: int = 5,
        dilations: tuple[int, ...] = (1, 2, 4),
        causal_dilations: tuple[int, ...] = (8, 16),
        shape_size: int = 16,
        face_size: int = 204,
        members: int = 1,
        dropout: float = 0.3,
        closure_size: int = 1,
        context: tuple[int, int, int] | None = None,
    ) -> None:
        super().__init__()
        self.in_size, self.context = in_size, context
        reaches = [(kernel, 1, kernel // 2)] + [(3, d, d) for d in dilations]
        reaches += [(3, d, 0) for d in causal_dilations]
        self.look_ahead = context[2] if context else sum(ahead for _, _, ahead in reaches)

        def stack(in_size: int, width: int, out_size: int) -> nn.Sequential:
            return nn.Sequential(
                nn.Conv1d(in_size, width, 1),
                nn.ReLU(),
                nn.Dropout(dropout),
                *(_Residual(width, *reach, dropout) for reach in reaches),
                nn.Dropout(dropout),
                nn.Conv1d(width, out_size, 1),
            )

        def in_context(width: int, *more: nn.Module) -> nn.Sequential:
            assert context is not None
            return nn.Sequential(nn.Identity(), _Convolution(in_size, width, *context), *more)

        def member() -> nn.Sequential:
            return in_context(shape_size) if context else stack(in_size, channels, shape_size)

        self.members = nn.ModuleList(member() for _ in range(members))
        if context:
            last = nn.Conv1d(closure_channels, closure_size, 1)
            self.closure = in_context(closure_channels, nn.ReLU(), nn.Dropout(dropout), last)
        else:
            self.closure = stack(in_size, closure_channels, closure_size)
        # Rows: displacement of the 68 points for a step of 1 in each number of the shape.
        self.register_buffer("basis", torch.zeros(shape_size, face_size))

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Consecutive frames (B, T, in_size) -> shapes and closures.

        Returns shape (B, T, shape_size), zero for the face at rest, and the probability (B, T) that lips
        touch.
        """
        closures = self.closures_of(self.hidden(features, [self.closure]))
        return self.each(features).mean(dim=0), touching(closures, at_rest(closures))[0]

    def each(self, features: Tensor) -> Tensor:
        """(B, T, in_size) -> the shape by each member on its own, (members, B, T, shape_size)."""
        return self.shapes_of(self.hidden(features, self.members))

    def hidden(self, features: Tensor, stacks: Iterable[nn.Sequential]) -> list[Tensor]:
        """(B, T, in_size) -> what the last layer of each stack reads, (B, width, T)."""
        x = features.transpose(1, 2)
        return [stack[:-1](x) for stack in stacks]

    def shapes_of(self, hidden: list[Tensor]) -> Tensor:
        """`hidden` of the members -> shapes (members, B, T, shape_size)."""
        parts = zip(self.members, hidden, strict=True)
        return torch.stack([member[-1](x).transpose(1, 2) for member, x in parts])

    def closures_of(self, hidden: list[Tensor]) -> Tensor:
        """`hidden` of the closure stack -> the logits of all reasons to close, (B, closure_size, T)."""
        return self.closure[-1](hidden[0])

    def displacement(self, shape: Tensor) -> Tensor:
        """Shape (..., shape_size) -> displacement (..., face_size) of the face at rest, normalised units."""
        return shape @ self.basis

    def advance_shapes(
        self, features: Tensor, first: Tensor, end: Tensor, memory: Tensor
    ) -> tuple[Tensor, Tensor]:
        """The next frames of a sequence that is fed piece by piece; each is computed once.

        features: (1, t, in_size); after the last frame of the sequence, ``look_ahead`` frames of anything
        more.
        first: (1,) int64, number of the first of them. end: (1,) int64, how many the sequence has; any large
        number before that is known.
        memory: what the call before returned, zeros at the beginning.
        Returns the shapes (1, t, shape_size) of the frames ``look_ahead`` before these: those of frames
        before the sequence mean nothing. And the memory that the next call needs.
        """
        x, parts = features.transpose(1, 2), []
        kept: list[Tensor] = []
        pasts = memory.split([_remembered(member) for member in self.members])
        for member, past in zip(self.members, pasts, strict=True):
            shapes, _ = _advance(member, x, first, end, past, kept)
            parts.append(shapes)
        return torch.stack(parts).mean(dim=0).transpose(1, 2), torch.cat(kept)

    def advance_closures(
        self, features: Tensor, first: Tensor, end: Tensor, memory: Tensor
    ) -> tuple[Tensor, Tensor]:
        """`advance_shapes` of the closure stack: (1, t, in_size) → probabilities (1, t) that the lips
        touched ``look_ahead`` frames before."""
        kept: list[Tensor] = []
        awake, past = memory[: REST_FRAMES - 1], memory[REST_FRAMES - 1 :]
        logits, frame = _advance(self.closure, features.transpose(1, 2), first, end, past, kept)
        logits = torch.where(frame < 0, _LONG_REST, logits)
        probability, rest = touching(logits, 1 - awake[None])
        return probability, torch.cat([1 - rest[0], *kept])

    def entries(self) -> Entries:
        first, end = torch.zeros(1, dtype=torch.int64), torch.full((1,), 1000)
        sizes = sum(map(_remembered, self.members)), REST_FRAMES - 1 + _remembered(self.closure)
        features, names = torch.zeros(1, 3, self.in_size), ("advance_shapes", "advance_closures")
        return {
            name: ((features, first, end, torch.zeros(size)), {"features": 1})
            for name, size in zip(names, sizes, strict=True)
        }


def _remembered(stack: nn.Sequential) -> int:
    """Numbers that a stack remembers from one call to the next."""
    return sum(layer.conv.in_channels * layer.reach for layer in stack if isinstance(layer, _Convolution))


def _advance(
    stack: nn.Sequential, x: Tensor, first: Tensor, end: Tensor, memory: Tensor, kept: list[Tensor]
) -> tuple[Tensor, Tensor]:
    """The next frames x (1, in_size, t) through a stack: its outputs (1, out_size, t) and the numbers (t,) of
    their frames; what each layer remembers joins ``kept``."""
    frame = first + torch.arange(x.shape[2], device=x.device)
    for layer in stack:
        if isinstance(layer, _Convolution):
            size = layer.conv.in_channels * layer.reach
            past, memory = memory[:size].view(1, -1, layer.reach), memory[size:]
            x = x * ((frame >= 0) & (frame < end)).to(x)  # outside of the sequence features count as zero
            x, past = layer.step(x, past)
            frame = frame - layer.ahead
            kept.append(past.flatten())
        else:
            x = convolved(layer, x) if isinstance(layer, nn.Conv1d) else layer(x)
    return x, frame


def at_rest(closures: Tensor) -> Tensor:
    """What `touching` remembers before a sequence begins, (B, REST_FRAMES - 1): nobody has spoken."""
    return closures.new_ones(len(closures), REST_FRAMES - 1)


def touching(closures: Tensor, past: Tensor) -> tuple[Tensor, Tensor]:
    """Logits (B, 1 or 2, T) of the closure stack → probability (B, T).

    past: rest in the frames before, (B, REST_FRAMES - 1).
    Returns the probability, and the rest that the next call needs.
    """
    speech = closures[:, 0].sigmoid()
    if closures.shape[1] == 1 or not closures.shape[2]:
        return speech, past
    rest = torch.cat((past, (closures[:, 1] + REST_BIAS).sigmoid()), dim=1)
    lasting = -F.max_pool1d(-rest[:, None], REST_FRAMES, 1)[:, 0]
    return torch.maximum(speech, lasting), rest[:, 1 - REST_FRAMES :]
