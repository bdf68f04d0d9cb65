"""Speech content branch of MakeItTalk (Zhou et al. 2020): what is said moves lips and jaw."""

import torch
from torch import Tensor, nn


class ContentBranch(nn.Module):
    """Windows of audio features and one face -> displacement of its 68 landmarks.

    Each frame passes a small perceptron (``fc_prior``), the window an LSTM (``bilstm``, a published name:
    it runs forward only), and its last output joins the face in a second perceptron (``fc``).

    in_size: features a frame.
    prior_hidden, prior_size: widths of the per-frame perceptron; ``prior_size`` feeds the LSTM.
    hidden: LSTM width.
    layers: LSTM layers.
    fc_hidden: widths of the two hidden layers of the last perceptron.
    face_size: numbers of a face, 68 points x 3.
    dropout: between LSTM layers, in training only.
    """

    def __init__(
        self,
        in_size: int = 80,
        prior_hidden: int = 256,
        prior_size: int = 161,
        hidden: int = 256,
        layers: int = 3,
        fc_hidden: tuple[int, int] = (512, 256),
        face_size: int = 204,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.in_size = in_size
        self.fc_prior = nn.Sequential(
            nn.Linear(in_size, prior_hidden),
            nn.BatchNorm1d(prior_hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(prior_hidden, prior_size),
        )
        lstm_dropout = dropout if layers > 1 else 0.0
        self.bilstm = nn.LSTM(prior_size, hidden, layers, batch_first=True, dropout=lstm_dropout)
        self.fc = nn.Sequential(
            nn.Linear(hidden + face_size, fc_hidden[0]),
            nn.BatchNorm1d(fc_hidden[0]),
            nn.LeakyReLU(0.2),
            nn.Linear(fc_hidden[0], fc_hidden[1]),
            nn.BatchNorm1d(fc_hidden[1]),
            nn.LeakyReLU(0.2),
            nn.Linear(fc_hidden[1], face_size),
        )

    def forward(self, audio_windows: Tensor, face_id: Tensor) -> Tensor:
        """Predict the displacement from ``face_id`` for each window.

        audio_windows: (B, W, in_size) consecutive audio frames.
        face_id: (B, 204) or (1, 204) normalised landmarks of the face at rest, x y z interleaved.
        Returns (B, 204) displacement in the units of ``face_id``.
        """
        batch, frames, _ = audio_windows.shape
        prior = self.fc_prior(audio_windows.reshape(batch * frames, self.in_size))
        states, _ = self.bilstm(prior.view(batch, frames, -1))
        return self.fc(torch.cat([states[:, -1], face_id.expand(batch, -1)], dim=1))
