"""Training of a model of the drawing stage; the published training commands run as they are.

    python module2_drawing/train.py --dataroot NAME --name training/drawing1 --model geomgm_ifw_fore \
        --netG resnet_9blocks_rcatland32_full_ifw --netg_resb_disp 3 --output_nc 1 --blendbg 1 …

Everything goes to checkpoints/training/drawing1: weights, training states, logs, a web page, and the
command, options and state of the source. `--continue_train` goes on from the newest state. In parallel:
torchrun --nproc_per_node 2 module2_drawing/train.py …
"""

import argparse
import sys
from pathlib import Path

if not __package__:  # run as a script: its folder comes first in the path, the project's should
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import torch

from module1_audio2lmk.foundation.engine import Engine, RunSettings, distributed
from module1_audio2lmk.foundation.engine.log import Log
from module1_audio2lmk.foundation.engine.monitor import Display, Monitor
from module1_audio2lmk.foundation.engine.run_folder import record
from module1_audio2lmk.foundation.errors import InputError, run_cli, say
from module1_audio2lmk.foundation.files import write_text
from module2_drawing.data import create_dataset
from module2_drawing.options import TrainOptions
from module2_drawing.options.base_options import table
from module2_drawing.published.names import load_weights, weights_path
from module2_drawing.training import create_model
from module2_drawing.training.base_model import TrainingModel, updates_of


def engine_of(options: argparse.Namespace) -> Engine:
    """The engine of a run, where that stands. InputError for options, data or weights that do not fit."""
    dataset = create_dataset(options)
    model = create_model(options)
    model.dataset = dataset
    settings = RunSettings(
        model.folder,
        options.niter + options.niter_decay,
        first_epoch=options.epoch_count,
        items=options.batch_size * distributed.world_size(),
        unit="photos",
        log_every=options.print_freq,
        show_every=options.display_freq,
        page_every=options.update_html_freq,
        save_every=options.save_latest_freq,
        save_epochs=options.save_epoch_freq,
        keep_states=options.keep_states,
        by_number=options.save_by_iter,
    )
    engine = Engine(updates_of(model, options), settings, None)
    if options.continue_train:
        start_where_it_stopped(engine, model)
    say(f"{len(dataset)} items, epochs {engine.epoch} to {settings.last_epoch}, on {model.device}")
    return engine


def start_where_it_stopped(engine: Engine, model: TrainingModel) -> None:
    """From the newest state; without any, from the weights that `--epoch` names, as far as there are."""
    if engine.states.folder.is_dir():
        engine.resume()
        return
    names = [name for name in model.networks if weights_path(model.options, name).is_file()]
    if not names:
        raise InputError(
            f"nothing to continue in {model.folder}: no training state, no weights of epoch "
            f"{model.options.epoch}; start without --continue_train"
        )
    for name in names:
        load_weights(model.networks[name], model.options, name)
    engine.updates.start_averages()
    say(f"no training state: starting from the weights {', '.join(names)} of {model.options.epoch}")


def monitor_of(options: argparse.Namespace, folder: Path, seen: int) -> Monitor:
    """What is shown and logged of a run that has seen so many photos."""
    display = Display(
        options.display_server,
        options.display_port,
        options.display_env,
        f"{options.display_id}-",
        options.display_ncols,
    )
    log = Log(folder, "losses", ("epoch", "images"), seen)
    page = None if options.no_html else folder / "web/index.html"
    shown = display if options.display_id > 0 else None
    return Monitor(log, options.name, page, shown, width=options.display_winsize)


def main(arguments: list[str] | None = None) -> None:
    """Raises InputError for options, data or weights that cannot be used."""
    options = TrainOptions().parse(arguments)
    with distributed.joined(options.device) as options.device:
        torch.manual_seed(options.seed)
        torch.backends.cudnn.benchmark = True
        engine = engine_of(options)
        if distributed.rank() == 0:
            folder = engine.settings.folder
            record(folder, options, [sys.argv[0], *(sys.argv[1:] if arguments is None else arguments)])
            write_text(folder / f"{options.phase}_opt.txt", f"Options\n{table(options)}")
            engine.monitor = monitor_of(options, folder, engine.seen)
        engine.run()


if __name__ == "__main__":
    run_cli(main)
