"""Training loop: epochs of batches, logged, shown and saved when due, and gone on with after a kill."""

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from ..errors import InputError, ending_signals, is_quiet, say
from . import distributed
from .monitor import Monitor
from .states import StateFolder
from .task import Task
from .updates import Updates

_WHERE = ("epoch", "position", "seen", "epoch_loss")


@dataclass(frozen=True)
class RunSettings:
    """folder: of the run. Epochs go up to `last_epoch`; an update sees `items` of a `unit`.

    *_every says after how many items, *_epochs after how many epochs something is due, 0 never; at the end of
    the last one all that is ever done is done. by_number: the weights of `save_every` are kept under the
    number of items, too. bar: a bar of the epochs in the place of lines.
    """

    folder: Path
    last_epoch: int
    first_epoch: int = 1
    items: int = 1
    unit: str = "steps"
    log_every: int = 1
    show_every: int = 0
    page_every: int = 0
    save_every: int = 0
    save_epochs: int = 1
    validate_epochs: int = 0
    keep_states: int = 3
    by_number: bool = False
    bar: bool = False


class Engine:
    """Where a run stands: the epoch, batches of it done (`position`), items seen, sum of the epoch's losses.

    monitor: of the first process, None in the others.
    """

    def __init__(self, updates: Updates, settings: RunSettings, monitor: Monitor | None) -> None:
        self.updates, self.settings, self.monitor = updates, settings, monitor
        self.task: Task = updates.task
        self.states = StateFolder(settings.folder / "state", settings.keep_states, distributed.rank())
        self.epoch, self.position, self.seen, self.epoch_loss = settings.first_epoch, 0, 0, 0.0
        self.figures: dict[str, float] = {}
        self._gathered: list[dict[str, float]] = []
        self._stop = 0

    def run(self) -> dict[str, float]:
        """Train from where the run stands to its end; the figures of the last validation.

        The first SIGINT or SIGTERM ends it after the present update with a saved state, a second one at once.
        """
        last = self.settings.last_epoch
        hidden = not self.settings.bar or is_quiet() or self.monitor is None
        with (
            self._signals_end_it(),
            tqdm(
                total=last, initial=self.epoch - 1, unit=self.settings.unit, disable=hidden, mininterval=5
            ) as bar,
        ):
            while self.epoch <= last:
                began = time.monotonic()
                self._run_epoch()
                rate = self.updates.end_epoch(self.epoch_loss / max(1, self.position))
                done, self.epoch, self.position, self.epoch_loss = self.epoch, self.epoch + 1, 0, 0.0
                bar.update()
                if not self.settings.bar:
                    seconds = time.monotonic() - began
                    say(f"end of epoch {done} of {last}: {seconds:.0f} s, next learning rate {rate:.2e}")
                self._validate(done)
                if self._ends(done, self.settings.save_epochs):
                    self.save(str(done))
                self._end_if_asked()
        return self.figures

    def resume(self) -> None:
        """Go on from the newest state. Raises InputError where there is none that can be read, or it belongs
        to other options."""
        state = self.states.load()
        try:
            self.updates.load_state_dict(state["model"])
            for name in _WHERE:
                setattr(self, name, state[name])
        except (RuntimeError, KeyError, ValueError, TypeError) as error:
            line = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise InputError(
                f"cannot continue from {self.states.folder}: {line}; use the same options, or another run"
            ) from None
        say(f"continuing after {self.seen} {self.settings.unit}, in epoch {self.epoch}")

    def save(self, label: str | None = None) -> None:
        """The training state, and the averaged weights; label: of an epoch's end, or of a number of items."""
        where = {name: getattr(self, name) for name in _WHERE}
        self.states.save(self.seen, {**where, "model": self.updates.state_dict()})
        if self.monitor is not None:
            with self.updates.averaged():
                self.task.export(label)
            self.monitor.write()
            if not self.settings.bar:
                say(f"saved after {self.seen} {self.settings.unit}: {self.settings.folder}")
        distributed.wait_for_all()

    def _run_epoch(self) -> None:
        settings, items = self.settings, self.settings.items
        before = time.monotonic()
        for batch in self.task.batches(self.epoch, self.position):
            self._end_if_asked()
            loaded = time.monotonic()
            losses = self.updates(batch)
            self.position, self.seen = self.position + 1, self.seen + items
            self.epoch_loss += sum(losses.values())
            self._gathered.append({**losses, **self.task.metrics})
            if self._due(settings.log_every):
                self._log((time.monotonic() - loaded) / items, (loaded - before) / items)
            if self._due(settings.show_every) and self.monitor is not None:
                images = self.task.visuals(self.updates.result)
                self.monitor.images(self.epoch, images, self._due(settings.page_every))
            if self._due(settings.save_every):
                self.save(f"iter_{self.seen}" if settings.by_number else None)
            before = time.monotonic()

    def _due(self, every: int) -> bool:
        """True when the last update took the number of items over a multiple of `every`."""
        return every > 0 and self.seen // every > (self.seen - self.settings.items) // every

    def _ends(self, done: int, epochs: int) -> bool:
        return epochs > 0 and (done % epochs == 0 or done == self.settings.last_epoch)

    def _log(self, seconds: float, waiting: float) -> None:
        gathered, self._gathered = self._gathered, []
        means = {name: sum(row[name] for row in gathered) / len(gathered) for name in gathered[0]}
        means = distributed.average(means)
        if self.monitor is not None:
            self.monitor.add(self.epoch, self.seen, means, seconds, waiting)

    def _validate(self, done: int) -> None:
        if self.monitor is not None and self._ends(done, self.settings.validate_epochs):
            with self.updates.averaged():
                self.figures = self.task.validate()
            self.monitor.add(done, self.seen, self.figures)

    def _end_if_asked(self) -> None:
        if self._stop:
            self.save()
            if self._stop == signal.SIGINT:
                raise KeyboardInterrupt
            sys.exit(128 + self._stop)

    @contextmanager
    def _signals_end_it(self) -> Iterator[None]:
        """Processes that train together stop at once: they would wait for each other's last update."""
        if distributed.world_size() > 1 or threading.current_thread() is not threading.main_thread():
            yield
            return
        owner = os.getpid()
        former = {number: signal.getsignal(number) for number in (signal.SIGINT, *ending_signals())}

        def ask(number: int, frame: object) -> None:
            if os.getpid() != owner:  # a loader's process, which the first one ends
                return
            self._stop = number
            say("stopping after this update; once more to stop at once")
            for again, handler in former.items():
                signal.signal(again, handler)

        for number in former:
            signal.signal(number, ask)
        try:
            yield
        finally:
            for number, handler in former.items():
                signal.signal(number, handler)
