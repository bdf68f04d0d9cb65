"""Transformer of MakeItTalk's speaker branch, a small one (Vaswani et al. 2017, pre-norm layers).

Tensors are (B, T, d_model) unless said otherwise. Attribute names are those of the published checkpoint.
"""

import math
from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Norm(nn.Module):
    """Layer norm with the unbiased deviation: alpha (x - mean) / (std + 1e-6) + bias."""

    def __init__(self, d_model: int) -> None:
        super().__init__()
        self.alpha = nn.Parameter(torch.ones(d_model))
        self.bias = nn.Parameter(torch.zeros(d_model))

    def forward(self, x: Tensor) -> Tensor:
        centred = x - x.mean(dim=-1, keepdim=True)
        return self.alpha * centred / (x.std(dim=-1, keepdim=True) + 1e-6) + self.bias


def sinusoidal_positions(length: int, d_model: int) -> Tensor:
    """Position codes (length, d_model): sin (column i even) or cos (odd) of pos / 10000^(2i / d_model).

    The exponent grows by two a column, as published (in the original transformer a pair shares one).
    """
    columns = torch.arange(d_model, dtype=torch.float64)
    angles = torch.arange(length, dtype=torch.float64)[:, None] / 10000 ** (2 * columns / d_model)
    return torch.where(columns % 2 == 0, angles.sin(), angles.cos()).float()


class PositionalEncoder(nn.Module):
    """x * sqrt(d_model) + positions, for sequences of up to ``max_length``."""

    pe: Tensor

    def __init__(self, d_model: int, max_length: int = 512) -> None:
        super().__init__()
        self.register_buffer("pe", sinusoidal_positions(max_length, d_model)[None])

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[1] > self.pe.shape[1]:
            raise ValueError(f"a sequence of {x.shape[1]} frames is longer than {self.pe.shape[1]}")
        return x * math.sqrt(x.shape[2]) + self.pe[:, : x.shape[1]]


class MultiHeadAttention(nn.Module):
    """softmax(q k^T / sqrt(d_model / heads)) v in each head; ``causal`` ones see no later position."""

    def __init__(self, heads: int, d_model: int, dropout: float, causal: bool = False) -> None:
        super().__init__()
        self.heads, self.causal = heads, causal
        self.q_linear = nn.Linear(d_model, d_model)
        self.v_linear = nn.Linear(d_model, d_model)
        self.k_linear = nn.Linear(d_model, d_model)
        self.dropout = dropout
        self.out = nn.Linear(d_model, d_model)

    def forward(self, query: Tensor, memory: Tensor) -> Tensor:
        heads = (
            self._split(self.q_linear(query)),
            self._split(self.k_linear(memory)),
            self._split(self.v_linear(memory)),
        )
        dropout = self.dropout if self.training else 0.0
        attended = F.scaled_dot_product_attention(*heads, dropout_p=dropout, is_causal=self.causal)
        return self.out(attended.transpose(1, 2).flatten(2))

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(2, (self.heads, -1)).transpose(1, 2)


class FeedForward(nn.Module):
    """Linear, ReLU, linear at each position."""

    def __init__(self, d_model: int, d_ff: int, dropout: float) -> None:
        super().__init__()
        self.linear_1 = nn.Linear(d_model, d_ff)
        self.dropout = nn.Dropout(dropout)
        self.linear_2 = nn.Linear(d_ff, d_model)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear_2(self.dropout(F.relu(self.linear_1(x))))


class EncoderLayer(nn.Module):
    """Self-attention and feed-forward, each behind a norm and beside a shortcut."""

    def __init__(self, d_model: int, heads: int, d_ff: int, dropout: float, causal: bool = False) -> None:
        super().__init__()
        self.norm_1 = Norm(d_model)
        self.norm_2 = Norm(d_model)
        self.attn = MultiHeadAttention(heads, d_model, dropout, causal)
        self.ff = FeedForward(d_model, d_ff, dropout)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        normed = self.norm_1(x)
        x = x + self.dropout(self.attn(normed, normed))
        return x + self.dropout(self.ff(self.norm_2(x)))


class DecoderLayer(nn.Module):
    """The published decoder's parameters, as no published code calls it: without a forward pass."""

    def __init__(self, d_model: int, heads: int, d_ff: int, dropout: float, causal: bool = False) -> None:
        super().__init__()
        self.norm_1 = Norm(d_model)
        self.norm_2 = Norm(d_model)
        self.norm_3 = Norm(d_model)
        self.attn_1 = MultiHeadAttention(heads, d_model, dropout)
        self.attn_2 = MultiHeadAttention(heads, d_model, dropout)
        self.ff = FeedForward(d_model, d_ff, dropout)


class TransformerEncoder(nn.Module):
    """(B, T, in_size) -> (B, T, d_model); with ``causal`` a step depends on none after it."""

    layer: type[nn.Module] = EncoderLayer

    def __init__(
        self,
        in_size: int,
        d_model: int,
        layers: int,
        heads: int,
        d_ff: int = 2048,
        dropout: float = 0.1,
        max_length: int = 512,
        causal: bool = False,
    ) -> None:
        super().__init__()
        self.embed = nn.Sequential(OrderedDict(embed=nn.Linear(in_size, d_model)))
        self.pe = PositionalEncoder(d_model, max_length)
        self.layers = nn.ModuleList(self.layer(d_model, heads, d_ff, dropout, causal) for _ in range(layers))
        self.norm = Norm(d_model)

    def forward(self, x: Tensor) -> Tensor:
        x = self.pe(self.embed(x))
        for layer in self.layers:
            x = layer(x)
        return self.norm(x)


class TransformerDecoder(TransformerEncoder):
    """The published decoder, see `DecoderLayer`."""

    layer = DecoderLayer
