"""Train a model of the drawing stage; the published training commands run as they are.

    python module2_drawing/train.py --dataroot NAME --name training/drawing1 --model geomgm_ifw_fore \
        --netG resnet_9blocks_rcatland32_full_ifw --netg_resb_disp 3 --output_nc 1 --blendbg 1 …

Everything goes to checkpoints/training/drawing1: weights, training states, logs, a web page, and the
command, options and state of the source. `--continue_train` goes on from the newest state. In parallel:
torchrun --nproc_per_node 2 module2_drawing/train.py …
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

if not __package__:  # run as a script: its folder comes first in the path, the project's should
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import torch

from module1_audio2lmk.foundation.errors import InputError, run_cli, say
from module2_drawing.data import create_dataset
from module2_drawing.data.loading import epoch_loader
from module2_drawing.models import create_model
from module2_drawing.models.training import TrainingModel, mean
from module2_drawing.options import TrainOptions
from module2_drawing.util import distributed
from module2_drawing.util.run_folder import record
from module2_drawing.util.training_state import StateFolder
from module2_drawing.util.visualizer import Visualizer


class Training:
    """A run: where it stands (epoch, batches of it done, photos seen), what is logged and saved when."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.dataset = create_dataset(options)
        self.model: TrainingModel = create_model(options)
        if not isinstance(self.model, TrainingModel):
            raise InputError(f"--model {options.model} cannot be trained; see --help")
        self.leads = distributed.rank() == 0
        self.states = StateFolder(self.model.folder / "state", options.keep_states, distributed.rank())
        self.epoch, self.position, self.images = options.epoch_count, 0, 0
        if options.continue_train:
            self._continue()
        self.visualizer = None
        if self.leads:
            record(self.model.folder, options)
            self.visualizer = Visualizer(options, self.images)
        self._gathered: list[dict[str, float]] = []
        self.of_epoch: list[float] = []

    def run(self) -> None:
        last = self.options.niter + self.options.niter_decay
        say(f"{len(self.dataset)} items, epochs {self.epoch} to {last}, on {self.model.device}")
        while self.epoch <= last:
            began = time.monotonic()
            self._run_epoch()
            self.of_epoch, metric = [], mean(self.of_epoch)
            rate = self.model.update_learning_rate(metric)
            self.epoch, self.position = self.epoch + 1, 0
            done = self.epoch - 1
            seconds = time.monotonic() - began
            say(f"end of epoch {done} of {last}: {seconds:.0f} s, next learning rate {rate:.2e}")
            if done % self.options.save_epoch_freq == 0 or done == last:
                self._save(str(done))
        if self.visualizer is not None:
            self.visualizer.page()

    def _run_epoch(self) -> None:
        options, step = self.options, self.options.batch_size * distributed.world_size()
        before = time.monotonic()
        for batch in epoch_loader(self.dataset, options, self.epoch, self.position):
            loaded = time.monotonic()
            self.model.optimize(batch)
            self.position, self.images = self.position + 1, self.images + step
            self._gathered.append({**self.model.losses, **self.model.metrics})
            self.of_epoch.append(sum(self.model.losses.values()))
            if self._due(options.print_freq, step):
                self._log((time.monotonic() - loaded) / step, (loaded - before) / step)
            if self._due(options.display_freq, step) and self.visualizer is not None:
                self.visualizer.images(
                    self.epoch, self.model.visuals(), self._due(options.update_html_freq, step)
                )
            if self._due(options.save_latest_freq, step):
                self._save(f"iter_{self.images}" if options.save_by_iter else None)
            before = time.monotonic()

    def _due(self, every: int, step: int) -> bool:
        """True when the last batch took the number of photos over a multiple of `every`."""
        return self.images // every > (self.images - step) // every

    def _log(self, seconds: float, waiting: float) -> None:
        gathered, self._gathered = self._gathered, []
        losses = {name: mean(row[name] for row in gathered) for name in gathered[0]}
        losses = distributed.average(losses)
        if self.visualizer is not None:
            self.visualizer.losses(self.epoch, self.images, losses, seconds, waiting)

    def _save(self, label: str | None = None) -> None:
        """The training state and the latest weights; with a label, the weights under it, too."""
        where = {name: getattr(self, name) for name in ("epoch", "position", "images", "of_epoch")}
        self.states.save(self.images, {**where, "model": self.model.state_dict()})
        if self.leads:
            for name in ("latest", label) if label else ("latest",):
                self.model.save_networks(name)
            say(f"saved after {self.images} photos: {self.model.folder}")
        distributed.wait_for_all()

    def _continue(self) -> None:
        """From the newest state; without any, from the weights that `--epoch` names, as far as there are."""
        if not self.states.folder.is_dir():
            names = [name for name in self.model.networks if self.model.weights_path(name).is_file()]
            if not names:
                raise InputError(
                    f"nothing to continue in {self.model.folder}: no training state, no weights of epoch "
                    f"{self.options.epoch}; start without --continue_train"
                )
            self.model.load_networks(names)
            self.model.start_average()
            say(f"no training state: starting from the weights {', '.join(names)} of {self.options.epoch}")
            return
        state = self.states.load()
        self.model.load_state_dict(state["model"])
        for name in ("epoch", "position", "images", "of_epoch"):
            setattr(self, name, state[name])
        say(f"continuing after {self.images} photos, in epoch {self.epoch}")


def main(arguments: list[str] | None = None) -> None:
    """Raises InputError for options, data or weights that cannot be used."""
    options = TrainOptions().parse(arguments)
    options.device = distributed.start(options.device)
    torch.manual_seed(options.seed)
    torch.backends.cudnn.benchmark = True
    try:
        Training(options).run()
    finally:
        distributed.stop()


if __name__ == "__main__":
    run_cli(main)
