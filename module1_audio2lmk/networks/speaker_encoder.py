"""GE2E speaker encoder (Wan et al. 2018): a voice as a point on the unit sphere."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class SpeakerEncoder(nn.Module):
    """40-band power mel of a partial utterance -> speaker embedding of unit length, no negative entries.

    ``similarity_weight`` and ``similarity_bias`` are the w and b of the GE2E loss (equation 5); they are
    learned and stored with the network and play no part in the embedding.

    in_size: mel bands; hidden, layers: the LSTM; embedding_size: numbers of the embedding.
    floor: 0 feeds the power itself, as published. Otherwise its level is taken out and the LSTM hears 1 +
    log10(power / mean power + floor).
    """

    def __init__(
        self,
        in_size: int = 40,
        hidden: int = 256,
        layers: int = 3,
        embedding_size: int = 256,
        floor: float = 0.0,
    ) -> None:
        super().__init__()
        self.floor = floor
        self.lstm = nn.LSTM(in_size, hidden, layers, batch_first=True)
        self.linear = nn.Linear(hidden, embedding_size)
        self.similarity_weight = nn.Parameter(torch.tensor([10.0]))
        self.similarity_bias = nn.Parameter(torch.tensor([-5.0]))

    def forward(self, mel: Tensor) -> Tensor:
        """(B, T, in_size) power mel, 10 ms a frame, published T = 160 -> (B, embedding_size)."""
        if self.floor:
            mean = mel.mean(dim=(1, 2), keepdim=True).clamp(min=1e-12)
            mel = 1 + (mel / mean + self.floor).log10()
        _, (state, _) = self.lstm(mel)
        return F.normalize(F.relu(self.linear(state[-1])), dim=1)


def embed_utterance(encoder: SpeakerEncoder, partials: Tensor, batch_size: int = 32) -> Tensor:
    """Embedding of one utterance from its partial utterances.

    encoder: in evaluation mode.
    partials: (P, 160, 40) overlapping partial utterances, P >= 1.
    batch_size: partials a forward pass.
    Returns (256,) the mean of the partials' embeddings, brought to unit length.
    """
    with torch.no_grad():
        embeddings = torch.cat([encoder(part) for part in partials.split(batch_size)])
    return F.normalize(embeddings.mean(dim=0), dim=0)
