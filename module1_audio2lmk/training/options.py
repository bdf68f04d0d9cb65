"""Command-line options of the training of the speech-to-landmark networks."""

import argparse
from pathlib import Path

from ..audio.front_ends import FRONT_ENDS
from .augment import AugmentOptions
from .content_fit import FitOptions
from .content_task import PARTS, ContentLosses
from .speaker_task import SpeakerLosses

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
    add(
        "--teacher_data", type=Path, metavar="CACHE", help="pseudo-labels of scripts/prepare_pseudo_labels.py"
    )
    add("--voice_data", type=Path, metavar="DIR", help="a subfolder of recordings a voice (encoders)")
    add("--validation", default="", help="held-out clips instead of those noted in the cache, with commas")
    add(
        "--run_dir",
        dest="run",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder of checkpoint, curves and weights",
    )
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


def _field(settings: type) -> str:
    """Help of a flag that is a field of a class, whose docstring says what each does."""
    return f"see {settings.__name__} in {settings.__module__}"


def _add_network_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("network")
    group.add_argument(
        "--network",
        choices=("streaming", "published"),
        default="streaming",
        help="form of the content branch: convolutions for streams, or windows as published",
    )
    group.add_argument("--channels", type=int, default=128, help="width of the network")
    group.add_argument(
        "--init", type=Path, metavar="FILE", help="own weights to start from (content, speaker)"
    )
    group.add_argument("--freeze_hearing", action="store_true", help="train only the response (speaker)")
    group.add_argument(
        "--parts", nargs="+", choices=PARTS, default=list(PARTS), help="stacks to train (content, streaming)"
    )
    group.add_argument("--closure_channels", type=int, default=64, help="width of the stack for closures")
    group.add_argument(
        "--closure_size",
        type=int,
        choices=(1, 2),
        default=1,
        help="2: speech that closes lips, and rest",
    )
    group.add_argument("--shape_size", type=int, default=16, help="dimensions of the face space (content)")
    group.add_argument("--dropout", type=float, default=0.3, help="share of features left out")
    group.add_argument(
        "--features",
        "--front_end",
        choices=(*FRONT_ENDS, "autovc"),
        default="mel",
        help="front-end of the content branch; autovc needs --network published, moonshine --viseme_data",
    )
    group.add_argument("--ridge", type=float, default=2.0, help="penalty on the weights (moonshine)")
    group.add_argument("--copies", type=int, default=1, help="of each clip in noise (moonshine)")
    group.add_argument(
        "--synthetic",
        type=float,
        default=FitOptions().synthetic,
        metavar="WEIGHT",
        help="of a frame of synthetic speech for the shape, against 1 of a clip (moonshine)",
    )


def _add_loss_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("loss terms of the content branch (0 leaves one out)")
    for name, value in ContentLosses()._asdict().items():
        if isinstance(value, bool):
            action = argparse.BooleanOptionalAction
            group.add_argument(f"--{name}", action=action, default=value, help=_field(ContentLosses))
        else:
            group.add_argument(f"--lambda_{name}", type=float, default=value, help=_field(ContentLosses))

    group = parser.add_argument_group("loss terms of the speaker branch")
    for name, value in SpeakerLosses()._asdict().items():
        group.add_argument(f"--lambda_speaker_{name}", type=float, default=value, help=_field(SpeakerLosses))


def speaker_losses(options: argparse.Namespace) -> SpeakerLosses:
    """The loss weights of the speaker branch chosen by the flags."""
    return SpeakerLosses(*(getattr(options, f"lambda_speaker_{name}") for name in SpeakerLosses._fields))


def _add_augment_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("augmentation")
    group.add_argument("--no_augment", action="store_true", help="train on the clips as they are")
    group.add_argument("--viseme_share", type=float, default=0.3, help="share of synthetic speech")
    group.add_argument(
        "--pseudo_label_share",
        "--lesson_share",
        type=float,
        default=0.45,
        help="share of a teacher's pseudo-labels",
    )
    group.add_argument(
        "--smoothing",
        type=float,
        default=0.0,
        help="frames by which shapes of clips and pseudo-labels are smoothed",
    )
    group.add_argument(
        "--certain",
        type=float,
        default=1.0,
        help="weight of p, b, m, silence and noise among lips that touch",
    )
    group.add_argument("--rooms", type=int, default=2, help="reverberated versions of each clip")
    for name, value in AugmentOptions()._asdict().items():
        if isinstance(value, float):
            group.add_argument(f"--aug_{name}", type=float, default=value, help=_field(AugmentOptions))


def content_losses(options: argparse.Namespace) -> ContentLosses:
    """The loss weights chosen by the flags."""
    values = {
        name: getattr(options, name if isinstance(value, bool) else f"lambda_{name}")
        for name, value in ContentLosses()._asdict().items()
    }
    return ContentLosses(**values)


def augment_options(options: argparse.Namespace) -> AugmentOptions | None:
    """The augmentation chosen by the flags; None for none."""
    if options.no_augment:
        return None
    chosen = {
        name: getattr(options, f"aug_{name}")
        for name, value in AugmentOptions()._asdict().items()
        if isinstance(value, float)
    }
    return AugmentOptions(**chosen)
