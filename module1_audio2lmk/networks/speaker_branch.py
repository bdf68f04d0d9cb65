"""Speaker-aware branch of MakeItTalk (Zhou et al. 2020): who speaks moves head and face."""

import torch
from torch import Tensor, nn

from .transformer import TransformerDecoder, TransformerEncoder

EMBEDDING_SCALE = 3.0  # the network is fed this multiple of the unit-length speaker embedding
CODE_NOISE = 0.01  # deviation of the noise that training adds to the speaker code


def perceptron(sizes: tuple[int, int, int, int]) -> nn.Sequential:
    """Three linears with LeakyReLU 0.02 between: their four sizes."""
    return nn.Sequential(
        nn.Linear(sizes[0], sizes[1]),
        nn.LeakyReLU(0.02),
        nn.Linear(sizes[1], sizes[2]),
        nn.LeakyReLU(0.02),
        nn.Linear(sizes[2], sizes[3]),
    )


class SpeakerBranch(nn.Module):
    """Segments of audio windows and a speaker embedding -> displacement of the 68 landmarks, frame by frame.

    The last LSTM output of each window, the speaker code and z form one transformer sequence a segment; z
    joins the transformer's output once more before the last perceptron.

    in_size: features an audio frame.
    hidden, layers: width and number of LSTM layers.
    embedding_size, code_hidden, code_size: speaker embedding -> two hidden layers -> speaker code.
    d_model, transformer_layers, heads, d_ff: the transformer; ``max_length`` frames at most in a segment.
    z_size: noise or, as published at inference, zeros.
    out_hidden: hidden layers of the last perceptron.
    face_size: numbers of a face, 68 points x 3.
    dropout: between LSTM layers and in the transformer, in training only.
    with_decoder: build the transformer decoder of the published checkpoint; no published code calls it.
    causal: a step depends on no later window, so that the network can follow a stream.
    """

    def __init__(
        self,
        in_size: int = 80,
        hidden: int = 256,
        layers: int = 3,
        embedding_size: int = 256,
        code_hidden: tuple[int, int] = (256, 128),
        code_size: int = 128,
        d_model: int = 64,
        transformer_layers: int = 2,
        heads: int = 2,
        d_ff: int = 2048,
        max_length: int = 512,
        z_size: int = 128,
        out_hidden: tuple[int, int] = (512, 256),
        face_size: int = 204,
        dropout: float = 0.1,
        with_decoder: bool = True,
        causal: bool = False,
    ) -> None:
        super().__init__()
        self.causal = causal
        self.z_size = z_size
        self.max_length = max_length
        lstm_dropout = dropout if layers > 1 else 0.0
        self.audio_content_encoder = nn.LSTM(in_size, hidden, layers, batch_first=True, dropout=lstm_dropout)
        self.spk_emb_encoder = perceptron((embedding_size, *code_hidden, code_size))
        shape = (d_model, transformer_layers, heads, d_ff, dropout, max_length)
        self.encoder = TransformerEncoder(hidden + code_size + z_size, *shape, causal)
        if with_decoder:
            self.decoder = TransformerDecoder(face_size, *shape)
        self.out = perceptron((d_model + z_size, *out_hidden, face_size))

    def forward(
        self, audio_windows: Tensor, speaker_embedding: Tensor, z: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Predict the displacement of each frame of each segment.

        audio_windows: (B, T, W, in_size), B segments of T <= ``max_length`` consecutive windows.
        speaker_embedding: (B, 256), already times `EMBEDDING_SCALE`.
        z: (B, T, z_size); zeros by default.
        Returns displacement (B, T, 204) and speaker code (B, code_size). In training the code carries noise
        of deviation `CODE_NOISE`.
        Raises ValueError for a segment longer than ``max_length``.
        """
        return self.respond(self.hear(audio_windows), speaker_embedding, z)

    def hear(self, audio_windows: Tensor) -> Tensor:
        """What is heard in each window: (B, T, W, in_size) -> (B, T, hidden)."""
        states, _ = self.audio_content_encoder(audio_windows.flatten(0, 1))
        return states[:, -1].unflatten(0, audio_windows.shape[:2])

    def respond(
        self, audio: Tensor, speaker_embedding: Tensor, z: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """`forward` from what `hear` heard, (B, T, hidden)."""
        frames = audio.shape[1]
        code = self.spk_emb_encoder(speaker_embedding)
        if self.training:
            code = code + CODE_NOISE * torch.randn_like(code)
        if z is None:
            z = audio.new_zeros(len(audio), frames, self.z_size)
        sequence = torch.cat([audio, code[:, None].expand(-1, frames, -1), z], dim=2)
        return self.out(torch.cat([self.encoder(sequence), z], dim=2)), code
