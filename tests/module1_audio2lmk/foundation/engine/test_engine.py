"""The engine on a task of one weight: runs that end early and go on, averages, parts of batches, signals."""

import argparse
import os
import signal
from functools import partial

import pytest
import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

from module1_audio2lmk.foundation.engine import Engine, RunSettings, Step, Task, Updates, UpdateSettings
from module1_audio2lmk.foundation.engine.log import Log
from module1_audio2lmk.foundation.engine.monitor import Monitor
from module1_audio2lmk.foundation.engine.run_folder import record
from module1_audio2lmk.foundation.errors import InputError


class Line(Task):
    """Two networks that pull at each other; dropout makes an update depend on its random numbers."""

    averaged = ("first",)

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.networks = {"first": nn.Sequential(nn.Linear(2, 2), nn.Dropout(0.5)), "second": nn.Linear(2, 1)}
        self.steps = [Step(("first",), self._first), Step(("second",), self._second)]
        self.exported: list[str | None] = []
        self.drawn = 0

    def batches(self, epoch, skip):
        yield from [{"x": torch.full((4, 2), float(10 * epoch + i))} for i in range(5)][skip:]

    def forward(self, batch):
        self.drawn += 1
        return self.networks["first"](batch["x"] / 50)

    def _first(self, made):
        return {"up": (self.networks["second"](made) - 1).square().mean(), "size": 0.1 * made.square().mean()}

    def _second(self, made):
        return {"down": self.networks["second"](made.detach()).square().mean()}

    def validate(self):
        return {"training": float(self.networks["first"].training), "drawn": float(self.drawn)}

    def export(self, label):
        self.exported.append(label)

    def state_dict(self):
        return {"drawn": self.drawn}

    def load_state_dict(self, state):
        self.drawn = state["drawn"]


def engine(folder, task=None, epochs=2, **more) -> Engine:
    adam = partial(torch.optim.Adam, lr=0.05)
    settings = UpdateSettings(adam, lambda o: LambdaLR(o, lambda n: 0.5**n), average=0.9, clip_gradient=1.0)
    run = RunSettings(folder, epochs, save_every=2, validate_epochs=1, **more)
    made = Engine(Updates(task or Line(), settings, torch.device("cpu")), run, None)
    return made


def watched(made: Engine) -> Engine:
    log = Log(made.settings.folder, "losses", ("epoch", "images"), made.seen)
    made.monitor = Monitor(log, "line", made.settings.folder / "index.html", lines=False)
    return made


def assert_alike(one: Engine, other: Engine) -> None:
    first, second = one.updates.state_dict(), other.updates.state_dict()
    for kind in ("networks", "averages"):
        for name, state in first[kind].items():
            for key, value in state.items():
                assert torch.equal(value, second[kind][name][key]), (kind, name, key)


class KilledError(Exception):
    pass


def dies_at(made: Engine, number: int) -> None:
    forward = made.task.forward

    def forward_until(batch):
        if made.updates.count == number:
            raise KilledError
        return forward(batch)

    made.task.forward = forward_until


@pytest.mark.parametrize("stop", [3, 5, 8])
def test_a_killed_run_goes_on_as_if_nothing_had_happened(stop, tmp_path):
    whole = watched(engine(tmp_path / "whole"))
    assert whole.run() == {"training": 0, "drawn": 10}
    killed = watched(engine(tmp_path / "killed"))
    dies_at(killed, stop)
    with pytest.raises(KilledError):
        killed.run()
    again = engine(tmp_path / "killed")
    again.resume()
    assert again.seen == {3: 2, 5: 5, 8: 8}[stop]
    watched(again).run()
    assert_alike(whole, again)
    rows = [Log(tmp_path / name, "losses", ("epoch", "images"), 99).rows for name in ("whole", "killed")]
    assert rows[0] == rows[1] and rows[0][-1]["images"] == 10
    assert whole.task.exported == [None, None, "1", None, None, None, "2"]


def test_a_cut_row_does_not_stop_a_run(tmp_path, capsys):
    first = watched(engine(tmp_path, epochs=1))
    first.run()
    path = tmp_path / "losses.jsonl"
    path.write_text(path.read_text()[:-20])
    again = engine(tmp_path)
    again.resume()
    watched(again)
    assert "cut off" in capsys.readouterr().err
    assert len(again.monitor.log.rows) == len(first.monitor.log.rows) - 1


def test_states_of_another_version_or_task_are_one_line(tmp_path):
    watched(engine(tmp_path, epochs=1)).run()
    other = Line()
    other.networks["second"] = nn.Linear(2, 3)
    with pytest.raises(InputError, match="cannot continue"):
        engine(tmp_path, other).resume()
    for path in (tmp_path / "state").iterdir():
        torch.save({"step": 3}, path)
    with pytest.raises(InputError, match="another version"):
        engine(tmp_path).resume()


def test_a_new_run_in_an_old_folder_leaves_no_state_of_the_old_one(tmp_path):
    watched(engine(tmp_path, epochs=3)).run()
    assert engine(tmp_path).states.found() == [12, 14, 15]
    killed = watched(engine(tmp_path))
    dies_at(killed, 3)
    with pytest.raises(KilledError):
        killed.run()
    assert engine(tmp_path).states.found() == [2]


@pytest.mark.parametrize(
    ("number", "ends"), [(signal.SIGINT, KeyboardInterrupt), (signal.SIGTERM, SystemExit)]
)
def test_a_signal_ends_a_run_with_a_state(number, ends, tmp_path, capsys):
    made = watched(engine(tmp_path))
    forward, handlers = made.task.forward, [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]

    def interrupted(batch):
        if made.updates.count == 2:
            os.kill(os.getpid(), number)
        return forward(batch)

    made.task.forward = interrupted
    with pytest.raises(ends):
        made.run()
    again = engine(tmp_path)
    again.resume()
    assert again.seen == again.updates.count == 3 and "stopping after" in capsys.readouterr().err
    assert handlers == [signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM)]


def test_parts_of_a_batch_add_up_to_it():
    found = []
    for parts in (1, 2):
        task = Line()
        task.networks["first"].eval()  # the dropout of parts is another one
        sgd = UpdateSettings(partial(torch.optim.SGD, lr=0.1), lambda o: LambdaLR(o, lambda n: 1), parts)
        losses = Updates(task, sgd, torch.device("cpu"))({"x": torch.arange(8.0).view(4, 2)})
        found.append((losses, task.networks["first"][0].weight.detach()))
    assert found[0][0] == pytest.approx(found[1][0], rel=1e-5) and list(found[0][0]) == ["up", "size", "down"]
    torch.testing.assert_close(found[0][1], found[1][1])


def test_a_step_changes_its_own_networks_alone():
    task = Line()
    task.steps = task.steps[:1]
    before = task.networks["second"].weight.detach().clone()
    sgd = UpdateSettings(partial(torch.optim.SGD, lr=0.1), lambda o: LambdaLR(o, lambda n: 1))
    Updates(task, sgd, torch.device("cpu"))({"x": torch.ones(4, 2)})
    assert torch.equal(before, task.networks["second"].weight) and task.networks["second"].weight.grad is None


def test_a_run_notes_its_command_and_clears_what_a_killed_one_left(tmp_path):
    left = tmp_path / ".losses.4194999.part.csv"  # beyond the largest number of a process
    kept = [tmp_path / f".run.{os.getppid()}.part.csv", tmp_path / ".own.part"]
    for path in (left, *kept):
        path.touch()
    options = argparse.Namespace(seed=3, device=torch.device("cpu"))
    record(tmp_path, options, ["train.py", "--name", "a b"])
    assert not left.exists() and all(path.exists() for path in kept)
    assert "train.py --name 'a b'" in (tmp_path / "command.txt").read_text()
    assert '"seed": 3' in (tmp_path / "options.json").read_text() and (tmp_path / "source.txt").exists()
