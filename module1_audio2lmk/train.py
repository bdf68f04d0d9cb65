"""Training of a network of the speech-to-landmark module: `python -m module1_audio2lmk.train --help`.

A run's folder holds its options and command (options.json), its checkpoint, its curves and, at the end, the
weights. The same command continues a run that was interrupted. Under `torchrun` the processes share a batch.
"""

import argparse
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

if not __package__:  # run as a file: once more, as the module that it is
    from runpy import run_module

    sys.path[0] = str(Path(__file__).resolve().parents[1])
    run_module("module1_audio2lmk.train", run_name="__main__")

import torch
from torch.optim.lr_scheduler import LambdaLR

from .audio.voice import load_encoder
from .foundation.checkpoints import build, find, load_into, load_state, read_metadata
from .foundation.device import pick_device
from .foundation.engine import Engine, RunSettings, Updates, UpdateSettings, distributed
from .foundation.engine.log import Log
from .foundation.engine.monitor import Display, Monitor
from .foundation.engine.run_folder import record
from .foundation.errors import InputError, run_cli, say, set_quiet, warn
from .motion.content import load_content_stream
from .motion.head import GENERATOR_EVERY
from .networks.pose_generator import PoseGenerator
from .networks.speaker_branch import SpeakerBranch
from .networks.speech_encoder import SpeechEncoder
from .networks.streaming_content_branch import StreamingContentBranch
from .training.clips import Clip, clip_files, read_clip, read_clips
from .training.content_fit import fit_command
from .training.content_task import ContentLosses, ContentTask, PublishedContentTask
from .training.datasets import ContentDataset
from .training.encoder_task import EncoderTask
from .training.hearing import features_of, with_voice
from .training.mouth_task import MouthTask, content_on_encoder
from .training.options import build_parser, fields_of, sequence_options
from .training.pose_task import PoseTask
from .training.pseudo_labels import read_all_pseudo_labels
from .training.speaker_task import SpeakerLosses, SpeakerTask, sized
from .training.task import SpeechTask, learning_rate
from .training.voice_tasks import AutoVCTask, SpeakerEncoderTask, read_voices, waveforms_of


class LoadedClips(NamedTuple):
    """Talking clips to train on, held-out ones, and synthetic ones."""

    training: list[Clip]
    validation: list[Clip]
    viseme: list[Clip]


def load_clips(options: argparse.Namespace) -> LoadedClips:
    """The clips of the folders named. Raises InputError where a folder has no clips, or a held-out name is
    unknown."""
    viseme = [read_clip(file) for file in clip_files(options.viseme_data)] if options.viseme_data else []
    return LoadedClips(*read_clips(options.data, options.validation), viseme)


def content_task(options: argparse.Namespace, clips: LoadedClips) -> SpeechTask:
    """The content branch with its data, in either form. Raises InputError for AutoVC features for the
    streaming form, or without AutoVC weights."""
    if options.features == "autovc" and options.network == "streaming":
        raise InputError("--features autovc goes with --network published; streams hear the mel")
    if options.teacher_data and options.network == "published":
        raise InputError("--teacher_data goes with --network streaming")
    training, validation, viseme = clips
    hear, size = features_of(options)
    labels = read_all_pseudo_labels(options.teacher_data) if options.teacher_data else []
    data = ContentDataset(training, viseme, sequence_options(options), labels, hear)
    weights = fields_of(ContentLosses, options, "lambda_")
    if options.network == "published":
        arguments = {"hidden": options.channels, "dropout": options.dropout}
        published = PublishedContentTask(arguments, data, validation, weights)
        published.about["features"] = options.features
        return published
    network = StreamingContentBranch(
        in_size=size,
        channels=options.channels,
        closure_channels=options.closure_channels,
        closure_size=options.closure_size,
        shape_size=options.shape_size,
        dropout=options.dropout,
    )
    if options.init:
        load_into(network, load_state(options.init), options.init)
    task = ContentTask(network, data, validation, weights, tuple(options.parts))
    task.about["features"] = options.features
    if options.init and "members" not in options.parts:
        task.about |= {key: value for key, value in read_metadata(options.init).items() if key == "gain"}
    return task


def pose_task(options: argparse.Namespace, clips: LoadedClips) -> SpeechTask:
    """The head pose generator with its data."""
    training, validation, _ = clips
    network = PoseGenerator(hidden=min(options.channels, 64), dropout=options.dropout)
    return PoseTask(training, validation, network)


def speaker_task(options: argparse.Namespace, clips: LoadedClips) -> SpeechTask:
    """The speaker branch on own content weights: one that follows streams, or of the published form."""
    training, validation, _ = clips
    encoder = load_encoder(find("speaker_encoder", options.checkpoints_dir, own=True))
    training, validation = ([with_voice(clip, encoder) for clip in part] for part in (training, validation))
    found = find("content_branch", options.checkpoints_dir, own=True)
    if found is None:
        raise InputError("the speaker branch builds on own content weights; train --branch content first")
    causal = options.network == "streaming"
    arguments = sized(options.channels, causal)
    longest = arguments["max_length"] * (GENERATOR_EVERY if causal else 1)
    network = SpeakerBranch(**arguments)
    if options.init:
        load_into(network, load_state(options.init), options.init)
    return SpeakerTask(
        training,
        validation,
        load_content_stream(found.path),
        arguments,
        fields_of(SpeakerLosses, options, "lambda_speaker_"),
        min(options.frames, longest),
        network,
        not options.freeze_hearing,
    )


def encoder_task(options: argparse.Namespace, clips: LoadedClips) -> SpeechTask:
    """The speaker encoder on all voices at hand."""
    training, validation, viseme = clips
    voices, held_out = read_voices(options.voice_data) if options.voice_data else ({}, {})
    task = SpeakerEncoderTask(
        waveforms_of(training + viseme) | voices,
        waveforms_of(validation) | held_out,
        {"hidden": options.channels, "layers": 2, "floor": 1e-4},
    )
    task.about["voices"] = ",".join(voices)
    return task


def hearing_task(options: argparse.Namespace, clips: LoadedClips) -> SpeechTask:
    """The speech encoder with a bounded look-ahead, on all speech at hand. InputError without --init."""
    if options.init is None:
        raise InputError(
            "--branch speech_encoder goes on from weights; name some by --init, such as "
            "checkpoints/default/speech_encoder.safetensors"
        )
    training, validation, viseme = clips
    encoder = build(options.init, SpeechEncoder)
    task: MouthTask | EncoderTask
    if options.mouths:
        task = MouthTask(training, viseme, validation, encoder, content_on_encoder(options.mouths))
    else:
        voices = read_voices(options.voice_data)[0] if options.voice_data else {}
        sounds = [clip.waveform for clip in training + viseme]
        sounds += [part for parts in voices.values() for part in parts]
        task = EncoderTask(sounds, training, [clip.waveform for clip in validation], encoder)
        task.about["voices"] = ",".join(voices)
    task.about |= {key: value for key, value in read_metadata(options.init).items() if key == "source"}
    return task


def autovc_task(options: argparse.Namespace, clips: LoadedClips) -> SpeechTask:
    """AutoVC; --channels 512 is the published width."""
    training, validation, viseme = clips
    width = options.channels
    arguments = {"channels": width, "decoder_hidden": width, "groups": min(32, width // 16)}
    return AutoVCTask(training + viseme, validation, arguments, options.frames)


TASKS: dict[str, Callable[[argparse.Namespace, LoadedClips], SpeechTask]] = {
    "content": content_task,
    "speaker": speaker_task,
    "pose": pose_task,
    "speaker_encoder": encoder_task,
    "speech_encoder": hearing_task,
    "autovc": autovc_task,
}


def updates_of(task: SpeechTask, options: argparse.Namespace, device: torch.device) -> Updates:
    """The optimisers of a run; --amp is left out, with a warning, where LSTMs cannot do with it."""
    half = options.amp and (device.type != "cpu" or torch.ops.mkldnn._is_mkldnn_bf16_supported())
    if options.amp and not half:
        warn("this CPU has no bfloat16: trained in full precision, as without --amp")
    decay = options.weight_decay
    settings = UpdateSettings(
        optimiser=lambda parameters: torch.optim.AdamW(parameters, options.lr, weight_decay=decay),
        schedule=lambda optimiser: LambdaLR(optimiser, partial(learning_rate, steps=options.steps)),
        precision="bfloat16" if half else "float32",
        clip_gradient=1.0,
        average=options.average,
        average_warms_up=True,
        seed=options.seed,
    )
    return Updates(task, settings, device)


def run(options: argparse.Namespace, task: SpeechTask, device: torch.device) -> None:
    """Train, or go on where the run was interrupted."""
    settings = RunSettings(
        options.run,
        options.steps,
        save_epochs=options.save_every,
        validate_epochs=options.validate_every,
        bar=True,
    )
    engine = Engine(updates_of(task, options, device), settings, None)
    if (options.run / "checkpoint.pt").exists():
        raise InputError(f"{options.run} is a run of an earlier version, which alone can go on with it")
    if engine.states.found():
        engine.resume()
    if distributed.rank() == 0:
        display = Display(env=options.visdom) if options.visdom else None
        log = Log(options.run, "curves", ("step",), engine.seen)
        page = options.run / "curves.html"
        engine.monitor = Monitor(log, options.run.name, page, display, lines=False)
    start = time.monotonic()
    figures = engine.run()
    if distributed.rank() == 0:
        report(figures, f"trained for {time.monotonic() - start:.0f} s", options)


def report(figures: dict[str, float], done: str, options: argparse.Namespace) -> None:
    """One line on what was done, the figures of held-out clips, and where the weights are."""
    line = ", ".join(f"{name} {value:.3f}" for name, value in figures.items())
    say(f"{done}: {line}; weights in {options.run}")


def main(arguments: list[str] | None = None) -> int:
    """Train as the command line says; 0 at the end. Raises InputError for options or data that cannot be
    used."""
    options = build_parser().parse_args(arguments)
    set_quiet(options.quiet)
    if options.threads:
        torch.set_num_threads(options.threads)
    command = ["-m", "module1_audio2lmk.train", *(sys.argv[1:] if arguments is None else arguments)]
    clips = load_clips(options)
    if options.branch == "content" and options.features == "moonshine":
        # Fitted at once: there are no steps to resume.
        record(options.run, options, command)
        report(fit_command(options, *clips), f"fitted to {len(clips.training)} clips", options)
        return 0
    with distributed.joined(pick_device(options.device)) as device:
        torch.manual_seed(options.seed)
        task = TASKS[options.branch](options, clips)
        task.about |= {"clips": ",".join(clip.name for clip in clips.training), "seed": str(options.seed)}
        task.begin(options.run, options.steps, options.batch_size, options.seed)
        if distributed.rank() == 0:
            record(options.run, options, command)
        run(options, task, device)
    return 0


if __name__ == "__main__":
    run_cli(main)
