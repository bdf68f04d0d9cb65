"""Head poses drawn step by step from a conditional distribution (Lu et al. 2021, section 3.3)."""

import torch
from torch import Tensor, nn

from ..foundation.backends import Entries


class PoseGenerator(nn.Module):
    """Autoregressive: poses so far and activity of the mouth -> normal distribution of the next change.

    A step is 80 ms. Inside, poses are divided by ``scale``; a network of one GRU sees pose, last change and
    activity and predicts mean and deviation of the next change of each number of the pose.

    pose_size: numbers of a pose. condition_size: numbers of the activity. hidden: width of the GRU.
    dropout: of the GRU's output, in training only.
    """

    NUMBERS = ("pose_size",)

    def __init__(
        self, pose_size: int = 7, condition_size: int = 2, hidden: int = 64, dropout: float = 0.2
    ) -> None:
        super().__init__()
        self.pose_size, self.condition_size, self.hidden = pose_size, condition_size, hidden
        self.gru = nn.GRU(2 * pose_size + condition_size, hidden, batch_first=True)
        self.dropout = nn.Dropout(dropout)
        self.out = nn.Linear(hidden, 2 * pose_size)
        self.register_buffer("scale", torch.ones(pose_size))
        self.register_buffer("change_scale", torch.ones(pose_size))
        self.register_buffer("condition_scale", torch.ones(condition_size))

    def forward(self, poses: Tensor, conditions: Tensor) -> tuple[Tensor, Tensor]:
        """Distribution of each next change, given all poses before it.

        poses: (B, T, pose_size). conditions: (B, T, condition_size), that of the step from t to t + 1.
        Returns mean and deviation (B, T, pose_size) of (pose at t + 1 - pose at t) / change_scale.
        """
        changes = torch.diff(poses, dim=1, prepend=poses[:, :1])
        states, _ = self.gru(self._inputs(poses, changes, conditions))
        return self._distribution(states)

    def sample(
        self, condition: Tensor, noise: Tensor, pose: Tensor, change: Tensor, memory: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Draw the next pose.

        condition: (condition_size,). noise: (pose_size,) standard normal numbers.
        pose, change, memory: what the call before returned; zeros at the beginning.
        Returns the pose (pose_size,), its change (pose_size,) and the GRU's state (1, 1, hidden).
        """
        inputs = self._inputs(pose[None, None], change[None, None], condition[None, None])
        output, memory = self.gru(inputs, memory)
        mean, deviation = self._distribution(output)
        change = (mean[0, 0] + deviation[0, 0] * noise) * self.change_scale
        return pose + change, change, memory

    def entries(self) -> Entries:
        numbers, memory = torch.zeros(self.pose_size), torch.zeros(1, 1, self.hidden)
        return {"sample": ((torch.zeros(self.condition_size), numbers, numbers, numbers, memory), {})}

    def _inputs(self, poses: Tensor, changes: Tensor, conditions: Tensor) -> Tensor:
        parts = (poses / self.scale, changes / self.change_scale, conditions / self.condition_scale)
        return torch.cat(parts, dim=-1)

    def _distribution(self, states: Tensor) -> tuple[Tensor, Tensor]:
        mean, log_deviation = self.out(self.dropout(states)).chunk(2, dim=-1)
        return mean, log_deviation.clamp(-4, 1.5).exp()
