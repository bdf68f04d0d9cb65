"""Command-line options of the training of the speech-to-landmark networks."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from ..audio.front_ends import FRONT_ENDS
from .augment import AugmentOptions
from .content_fit import FitOptions
from .content_task import PARTS, ContentLosses
from .datasets import SequenceOptions
from .speaker_task import SpeakerLosses

Settings = TypeVar("Settings", AugmentOptions, ContentLosses, FitOptions, SequenceOptions, SpeakerLosses)
BRANCHES = ("content", "speaker", "pose", "autovc", "speaker_encoder", "speech_encoder")


def build_parser() -> argparse.ArgumentParser:
    """The parser of `python -m module1_audio2lmk.train`."""
    parser = argparse.ArgumentParser(
        prog="python -m module1_audio2lmk.train",
        description="Train one network of the speech-to-landmark module.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--branch", required=True, choices=BRANCHES, help="which network")
    add("--data", type=Path, required=True, metavar="CACHE", help="clips of scripts/prepare_talking_clips.py")
    add("--viseme_data", type=Path, metavar="CACHE", help="clips of scripts/make_viseme_clips.py")
    help = "pseudo-labels of scripts/prepare_pseudo_labels.py"
    add("--teacher_data", type=Path, metavar="CACHE", help=help)
    add("--voice_data", type=Path, metavar="DIR", help="a subfolder of recordings a voice (encoders)")
    add("--validation", default="", help="held-out clips instead of those noted in the cache, with commas")
    help = "folder of checkpoint, curves and weights"
    add("--run_dir", dest="run", type=Path, required=True, metavar="DIR", help=help)
    add("--steps", type=int, default=2000, help="updates")
    add("--batch_size", type=int, default=16, help="sequences a step, over all processes")
    add("--frames", type=int, default=250, help="length of a sequence, 62.5 a second")
    add("--lr", type=float, default=2e-3, help="learning rate at its highest")
    add("--weight_decay", type=float, default=1e-2, help="of AdamW")
    add("--average", type=float, default=0.995, help="decay of the moving average of the weights")
    add("--seed", type=int, default=0, help="start of everything that is random")
    add("--save_every", type=int, default=200, help="steps between checkpoints")
    add("--validate_every", type=int, default=200, help="steps between figures of held-out clips")
    add("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps")
    add("--threads", type=int, default=0, help="CPU threads; 0 leaves the choice to torch")
    add("--amp", action="store_true", help="mixed precision (bfloat16)")
    add("--visdom", metavar="ENV", help="send curves to a running visdom server under this name")
    add("--checkpoints_dir", default="checkpoints", help="where networks that this one builds on are found")
    add("--quiet", action="store_true", help="only warnings and errors")
    _add_network_options(parser)
    _add_loss_options(parser)
    _add_augment_options(parser)
    return parser


def _add_fields(
    parser: Any, settings: type[Settings], prefix: str = "", helps: Mapping[str, str] | None = None
) -> None:
    """A flag for each number of a class of options; helps: of the ones that get a flag, by default all."""
    for name, value in settings()._asdict().items():
        help = f"see {settings.__name__} in {settings.__module__}" if helps is None else helps.get(name)
        if help and isinstance(value, bool):
            action = argparse.BooleanOptionalAction
            parser.add_argument(f"--{name}", action=action, default=value, help=help)
        elif help and isinstance(value, int | float):
            parser.add_argument(f"--{prefix}{name}", type=type(value), default=value, help=help)


def fields_of(settings: type[Settings], options: argparse.Namespace, prefix: str = "") -> Settings:
    """A class of options as the flags chose it; what has no flag keeps its default."""
    defaults = settings()._asdict().items()
    keys = {name: name if isinstance(value, bool) else prefix + name for name, value in defaults}
    return settings(**{name: getattr(options, key) for name, key in keys.items() if hasattr(options, key)})


def sequence_options(options: argparse.Namespace) -> SequenceOptions:
    """How the flags say that sequences are drawn."""
    augment = None if options.no_augment else fields_of(AugmentOptions, options, "aug_")
    return fields_of(SequenceOptions, options)._replace(augment=augment)


def _add_network_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("network")
    add = group.add_argument
    help = "form of the content branch: convolutions for streams, or windows as published"
    add("--network", choices=("streaming", "published"), default="streaming", help=help)
    add("--channels", type=int, default=128, help="width of the network")
    add("--init", type=Path, metavar="FILE", help="own weights to start from (content, speaker)")
    help = "content branch on the encoder, which learns to tell it the clips' mouths (speech_encoder)"
    add("--mouths", type=Path, metavar="FILE", help=help)
    add("--freeze_hearing", action="store_true", help="train only the response (speaker)")
    help = "stacks to train (content, streaming)"
    add("--parts", nargs="+", choices=PARTS, default=list(PARTS), help=help)
    add("--closure_channels", type=int, default=64, help="width of the stack for closures")
    help = "2: speech that closes lips, and rest"
    add("--closure_size", type=int, choices=(1, 2), default=1, help=help)
    add("--shape_size", type=int, default=16, help="dimensions of the face space (content)")
    add("--dropout", type=float, default=0.3, help="share of features left out")
    choices = (*FRONT_ENDS, "autovc")
    help = "front-end of the content branch; autovc needs --network published, moonshine --viseme_data"
    add("--features", "--front_end", choices=choices, default="mel", help=help)
    helps = {
        "ridge": "penalty on the weights (moonshine)",
        "copies": "of each clip in noise (moonshine)",
        "synthetic": "weight of a frame of synthetic speech for the shape, against 1 of a clip (moonshine)",
    }
    _add_fields(group, FitOptions, helps=helps)


def _add_loss_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("loss terms of the content branch (0 leaves one out)")
    _add_fields(group, ContentLosses, "lambda_")
    group = parser.add_argument_group("loss terms of the speaker branch")
    _add_fields(group, SpeakerLosses, "lambda_speaker_")


def _add_augment_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("augmentation")
    group.add_argument("--no_augment", action="store_true", help="train on the clips as they are")
    share, help = SequenceOptions().pseudo_label_share, "share of a teacher's pseudo-labels"
    group.add_argument("--pseudo_label_share", "--lesson_share", type=float, default=share, help=help)
    helps = {
        "viseme_share": "share of synthetic speech",
        "rooms": "reverberated versions of each clip",
        "smoothing": "frames by which shapes of clips and pseudo-labels are smoothed",
        "certain": "weight of p, b, m, silence and noise among lips that touch",
    }
    _add_fields(group, SequenceOptions, helps=helps)
    _add_fields(group, AugmentOptions, "aug_")
