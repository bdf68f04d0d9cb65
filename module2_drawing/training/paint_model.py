"""Training of the paint network on true pairs of talking clips."""

import argparse
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from module1_audio2lmk.foundation.errors import say
from module1_audio2lmk.foundation.files import atomic_path

from ..data.paint_dataset import PairStore, names_of
from ..networks.paint import Paint, PaintNetwork, painted
from .base_model import Batch, Losses, Step, TrainingModel

SCALES = (2, 4, 8)
SELECTED = 96  # pairs by whose error the best weights are chosen


class PaintModel(TrainingModel):
    """The network `paint`; with --lambda_G_A above 0, D_A tells its drawings from true ones.

    The error at lips and eyes on pairs of the people of --selection is measured whenever weights are saved;
    the best are kept as best_net_paint.pth.
    """

    averaged = ("paint",)

    @staticmethod
    def add_options(parser: argparse.ArgumentParser, is_train: bool) -> None:
        add = parser.add_argument
        add("--lambda_warp", type=float, default=1.0, help="weight of the content loss")
        add("--lambda_pyramid", type=float, default=0.5, help="weight of it at 1/2, 1/4 and 1/8")
        add("--lambda_paint", type=float, default=0.3, help="weight of the content loss of the paint alone")
        add(
            "--lambda_edges", type=float, default=0.5, help="weight of the differences of neighbouring pixels"
        )
        add("--lambda_shift", type=float, default=0.01, help="weight of the shift's unevenness, px a px")
        add("--lambda_opacity", type=float, default=0.01, help="weight of the paint's opacity")
        add("--lambda_G_A", type=float, default=0.0, help="weight of the adversarial loss")
        parser.set_defaults(dataset_mode="paint", output_nc=1, ngf=20, ndf=16, ema=0.998, beta1=0.9)

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__(options)
        torch.manual_seed(options.seed)
        self.networks["paint"] = PaintNetwork(options.output_nc, options.ngf)
        self.steps = [Step(("paint",), self._paint_losses)]
        self.add_adversary("D_A", options.output_nc + 3, options.lambda_G_A, _seen)
        self._selection: list[Batch] | None = None
        self.best = float("inf")

    def forward(self, batch: Batch) -> tuple[Batch, Paint, Tensor]:
        """An item of the data set `paint`, batched."""
        inputs = (batch[name] for name in ("below", "photo", "parts", "expressions"))
        paint = self.networks["paint"](*inputs)
        return batch, paint, painted(batch["below"], paint)

    def look(self, result: tuple[Batch, Paint, Tensor]) -> dict[str, Tensor]:
        batch, _, frame = result
        images = {
            "real_A": batch["photo"],
            "below": batch["below"],
            "fake_B": frame,
            "real_B": batch["truth"],
        }
        return {name: image[:1].detach().float() for name, image in images.items()}

    def _paint_losses(self, result: tuple[Batch, Paint, Tensor]) -> Losses:
        batch, paint, frame = result
        options, truth, importance = self.options, batch["truth"], batch["importance"]
        reduced = [[F.avg_pool2d(x, k) for x in (frame, truth, importance)] for k in SCALES]
        edges = zip(_edges(frame), _edges(truth), strict=True)
        found = {
            "warp_B": options.lambda_warp * weighted(frame, truth, importance),
            "pyramid_B": options.lambda_pyramid * sum(weighted(*scale) for scale in reduced),
            "paint_B": options.lambda_paint * weighted(paint.colour, truth, importance),
            "edges_B": options.lambda_edges * sum(weighted(*edge, importance) for edge in edges),
            "shift_B": options.lambda_shift * sum(edge.abs().mean() for edge in _edges(paint.shift)),
            "opacity_B": options.lambda_opacity * paint.opacity.mean(),
        }
        self.metrics = {"near_B": float(weighted(frame.detach(), truth, batch["near"]))}
        return found

    def export(self, label: str | None) -> None:
        super().export(label)
        if not self.options.selection:
            return
        error, moved = self.selection_error()
        say(f"error at lips and eyes: {error:.4f}, moved drawing {moved:.4f}, best so far {self.best:.4f}")
        if error < self.best:
            self.best = error
            with atomic_path(self.folder / "best_net_paint.pth") as temporary:
                torch.save(self.networks["paint"].state_dict(), temporary)

    @torch.no_grad()
    def selection_error(self) -> tuple[float, float]:
        """Mean |difference| at lips and eyes of the network as it is, and of the moved drawing alone."""
        if self._selection is None:
            self._selection = _selection(self.options)
        found = []
        for batch in self._selection:
            _, _, frame = self.forward({name: value.to(self.device) for name, value in batch.items()})
            truth, near, below = (batch[name].to(self.device) for name in ("truth", "near", "below"))
            found.append([float(weighted(image, truth, near)) for image in (frame, below)])
        error, moved = torch.tensor(found).mean(0).tolist()
        return error, moved

    def state_dict(self) -> dict[str, Any]:
        return super().state_dict() | {"best": self.best}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        super().load_state_dict(state)
        self.best = state["best"]


def weighted(frame: Tensor, truth: Tensor, weight: Tensor) -> Tensor:
    """Mean absolute difference of two drawings (B, C, S, S) in [−1, 1], weighted by (B, 1, S, S)."""
    return ((frame - truth).abs().mean(1, keepdim=True) * weight).sum() / weight.sum().clamp_min(1e-6)


def _edges(image: Tensor) -> tuple[Tensor, Tensor]:
    """Differences of neighbours across and down, of the image's own size."""
    padded = F.pad(image, (0, 1, 0, 1), "replicate")
    return padded[..., :-1, 1:] - image, padded[..., 1:, :-1] - image


def _seen(result: tuple[Batch, Paint, Tensor]) -> tuple[Tensor, Tensor]:
    batch, _, frame = result
    real, made = (torch.cat((drawing, batch["parts"]), 1) for drawing in (batch["truth"], frame))
    return real, made


def _selection(options: argparse.Namespace) -> list[Batch]:
    """Batches of pairs of the people of --selection, always the same."""
    store = PairStore(options.dataroot, options.style, options.elsewhere)
    wanted = names_of(options.selection)
    store.choose(lambda name: name in wanted, SELECTED, 0)
    items = [store.item(index) for index in range(len(store))]
    return [torch.utils.data.default_collate(items[i : i + 8]) for i in range(0, len(items), 8)]
