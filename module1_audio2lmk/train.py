"""Train a network of the speech-to-landmark module: `python -m module1_audio2lmk.train --help`.

A run's folder holds its options and command (options.json), its checkpoint, its curves and, at the end, the
weights. The same command continues a run that was interrupted. Under `torchrun` the processes share a batch.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch
import torch.distributed as dist

from .audio.front_ends import front_end_named
from .audio.mel import MEL_BANDS
from .audio.voice import embed_voice, load_encoder
from .foundation.checkpoints import find, load_into, load_state, read_metadata
from .foundation.device import pick_device
from .foundation.errors import InputError, run_cli, say, set_quiet
from .foundation.files import atomic_path
from .motion.content import load_content_stream
from .motion.head import GENERATOR_EVERY
from .networks.pose_generator import PoseGenerator
from .networks.speaker_branch import SpeakerBranch
from .networks.speaker_encoder import SpeakerEncoder
from .networks.streaming_content_branch import StreamingContentBranch
from .published.speech import PublishedSpeech, load_converter
from .training.clips import Clip, clip_files, read_clip, read_split
from .training.content_task import ContentTask
from .training.curves import Curves
from .training.datasets import ContentDataset, Hear
from .training.engine import Engine, EngineOptions, Task, join_processes
from .training.options import augment_options, build_parser, content_losses, speaker_losses
from .training.pose_task import PoseTask
from .training.pseudo_labels import read_all_pseudo_labels
from .training.published_task import PublishedContentTask
from .training.speaker_task import SpeakerTask
from .training.voice_recordings import read_voices
from .training.voice_tasks import AutoVCTask, SpeakerEncoderTask, waveforms_of


def load_clips(options: argparse.Namespace) -> tuple[list[Clip], list[Clip], list[Clip]]:
    """Talking clips to train on, held-out ones, and synthetic ones.

    Raises:
        InputError: a folder has no clips, or a held-out name is unknown.
    """
    files = clip_files(options.data)
    held_out = [name for name in options.validation.split(",") if name] or read_split(options.data)
    unknown = sorted(set(held_out) - {file.stem for file in files})
    if unknown:
        raise InputError(f"held-out clips that are not in {options.data}: {', '.join(unknown)}")
    training = [read_clip(file) for file in files if file.stem not in held_out]
    validation = [read_clip(file) for file in files if file.stem in held_out]
    viseme = [read_clip(file) for file in clip_files(options.viseme_data)] if options.viseme_data else []
    return training, validation, viseme


def content_task(options: argparse.Namespace) -> Task:
    """The content branch with its data, in either form.

    Raises:
        InputError: AutoVC features for the streaming form, or no AutoVC weights.
    """
    if options.features == "autovc" and options.network == "streaming":
        raise InputError("--features autovc goes with --network published; streams hear the mel")
    if options.teacher_data and options.network == "published":
        raise InputError("--teacher_data goes with --network streaming")
    training, validation, viseme = load_clips(options)
    hear, size = features_of(options)
    data = ContentDataset(
        training,
        viseme,
        frames=options.frames,
        viseme_share=options.viseme_share,
        rooms=options.rooms,
        shape_size=options.shape_size,
        augment=augment_options(options),
        seed=options.seed,
        hear=hear,
        pseudo_labels=read_all_pseudo_labels(options.teacher_data) if options.teacher_data else [],
        pseudo_label_share=options.pseudo_label_share,
        smoothing=options.smoothing,
        certain=options.certain,
    )
    about = about_run(options, training) | {"features": options.features}
    if options.network == "published":
        arguments = {"hidden": options.channels, "dropout": options.dropout}
        weights, batch = content_losses(options), options.batch_size
        return PublishedContentTask(data, validation, arguments, weights, batch, hear, about)
    network = StreamingContentBranch(
        in_size=size,
        channels=options.channels,
        closure_channels=options.closure_channels,
        closure_size=options.closure_size,
        shape_size=options.shape_size,
        members=options.members,
        dropout=options.dropout,
    )
    if options.init:
        load_into(network, load_state(options.init), options.init)
        if "members" not in options.parts:
            about |= {key: value for key, value in read_metadata(options.init).items() if key == "gain"}
    settings = {"batch_size": options.batch_size, "about": about, "parts": tuple(options.parts), "hear": hear}
    return ContentTask(data, validation, network, content_losses(options), **settings)


def features_of(options: argparse.Namespace) -> tuple[Hear | None, int]:
    """What the content branch hears of a whole sound, None for the mel, and how many numbers a frame."""
    if options.features == "autovc":
        return autovc_features(options), MEL_BANDS
    front_end = front_end_named(options.features)
    return None if options.features == "mel" else lambda sound: front_end.batch([sound])[0], front_end.size


def autovc_features(options: argparse.Namespace) -> Hear:
    """Waveform → standardised AutoVC content features, by the AutoVC found in the checkpoints folder.

    Raises:
        InputError: there is none.
    """
    autovc = find("autovc", options.checkpoints_dir)
    if autovc is None:
        raise InputError(f"--features autovc needs ckpt_autovc.pth in {options.checkpoints_dir}")
    device = pick_device(options.device)
    speech = PublishedSpeech(
        load_converter(autovc, find("speaker_encoder", options.checkpoints_dir), device), device
    )
    return lambda waveform: speech.features(lambda: [waveform])[0]


def pose_task(options: argparse.Namespace) -> Task:
    """The head pose generator with its data."""
    training, validation, _ = load_clips(options)
    network = PoseGenerator(hidden=min(options.channels, 64), dropout=options.dropout)
    about = about_run(options, training)
    batch = {"batch_size": options.batch_size, "seed": options.seed, "about": about}
    return PoseTask(training, validation, network, **batch)


def speaker_task(options: argparse.Namespace) -> Task:
    """The speaker branch on own content weights: one that follows streams, or of the published form."""
    training, validation, _ = load_clips(options)
    encoder = load_encoder(find("speaker_encoder", options.checkpoints_dir, own=True))
    training, validation = ([with_voice(clip, encoder) for clip in part] for part in (training, validation))
    found = find("content_branch", options.checkpoints_dir, own=True)
    if found is None:
        raise InputError("the speaker branch builds on own content weights; train --branch content first")
    width = options.channels
    arguments = {
        "hidden": width // 2,
        "layers": 1,
        "code_hidden": [width // 2, width // 4],
        "code_size": width // 4,
        "d_model": width // 4,
        "d_ff": width,
        "z_size": width // 8,
        "out_hidden": [width, width // 2],
        "with_decoder": False,
    }
    longest = 512
    if options.network == "streaming":
        arguments |= {"causal": True, "max_length": 64}
        longest = 64 * GENERATOR_EVERY
    network = SpeakerBranch(**arguments)
    if options.init:
        load_into(network, load_state(options.init), options.init)
    return SpeakerTask(
        training,
        validation,
        load_content_stream(found.path),
        arguments,
        speaker_losses(options),
        min(options.frames, longest),
        options.batch_size,
        options.seed,
        about_run(options, training),
        network,
        not options.freeze_hearing,
    )


def with_voice(clip: Clip, encoder: SpeakerEncoder | None) -> Clip:
    """The clip with the speaker embedding of an encoder; as it is without one."""
    if encoder is None:
        return clip
    return replace(clip, speaker_embedding=embed_voice(encoder, lambda: [clip.waveform]))


def encoder_task(options: argparse.Namespace) -> Task:
    """The speaker encoder on all voices at hand."""
    training, validation, viseme = load_clips(options)
    voices, held_out = read_voices(options.voice_data) if options.voice_data else ({}, {})
    about = about_run(options, training) | {"voices": ",".join(voices)}
    return SpeakerEncoderTask(
        waveforms_of(training + viseme) | voices,
        waveforms_of(validation) | held_out,
        {"hidden": options.channels, "layers": 2, "floor": 1e-4},
        options.batch_size,
        seed=options.seed,
        about=about,
    )


def autovc_task(options: argparse.Namespace) -> Task:
    """AutoVC; --channels 512 is the published width."""
    training, validation, viseme = load_clips(options)
    width = options.channels
    arguments = {"channels": width, "decoder_hidden": width, "groups": min(32, width // 16)}
    frames, batch = options.frames, options.batch_size
    settings = {"frames": frames, "batch_size": batch, "seed": options.seed}
    return AutoVCTask(
        training + viseme, validation, arguments, about=about_run(options, training), **settings
    )


def about_run(options: argparse.Namespace, training: list[Clip]) -> dict[str, str]:
    """Lines for the metadata of exported weights."""
    return {"clips": ",".join(clip.name for clip in training), "seed": str(options.seed)}


TASKS: dict[str, Callable[[argparse.Namespace], Task]] = {
    "content": content_task,
    "speaker": speaker_task,
    "pose": pose_task,
    "speaker_encoder": encoder_task,
    "autovc": autovc_task,
}


def note_options(options: argparse.Namespace) -> None:
    """Write the options and the exact command into the folder of the run."""
    content = {key: str(value) if isinstance(value, Path) else value for key, value in vars(options).items()}
    content["command"] = shlex.join(
        [Path(sys.executable).name, "-m", "module1_audio2lmk.train", *sys.argv[1:]]
    )
    with atomic_path(options.run / "options.json") as temporary:
        temporary.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Train as the command line says; 0 at the end.

    Raises:
        InputError: options or data that cannot be used.
    """
    options = build_parser().parse_args(arguments)
    set_quiet(options.quiet)
    if options.threads:
        torch.set_num_threads(options.threads)
    device = pick_device(options.device)
    shared = join_processes()
    rank = dist.get_rank() if shared else 0
    torch.manual_seed(options.seed)
    task = TASKS[options.branch](options)
    if rank == 0:
        note_options(options)
    settings = EngineOptions(
        run=options.run,
        steps=options.steps,
        lr=options.lr,
        weight_decay=options.weight_decay,
        average=options.average,
        seed=options.seed,
        save_every=options.save_every,
        validate_every=options.validate_every,
        amp=options.amp,
    )
    engine = Engine(task, settings, device, Curves(options.visdom if rank == 0 else None))
    engine.resume()
    start = time.monotonic()
    figures = engine.run()
    if rank == 0:
        engine.export(options.run)
        line = ", ".join(f"{name} {value:.3f}" for name, value in figures.items())
        say(f"trained for {time.monotonic() - start:.0f} s: {line}; weights in {options.run}")
    if shared:
        dist.destroy_process_group()
    return 0


if __name__ == "__main__":
    run_cli(main)
