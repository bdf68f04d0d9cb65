"""Speech → landmarks, held against clips that were not trained on and against synthetic speech.

    python scripts/evaluate.py speech --data CACHE [--tests clip_fit closures …] [--out DIR]

CACHE is a folder of scripts/prepare_talking_clips.py; its held-out clips are measured. results.json and
table.md land in DIR.
"""

import argparse
from pathlib import Path

from module1_audio2lmk.foundation import checkpoints
from module1_audio2lmk.foundation.errors import InputError, say
from module1_audio2lmk.training.clips import read_clips

from .. import speech
from ..provenance import describe_file
from ..speech import Setting
from ..tables import figure_texts, report_figures

HELP = "mouth, head and speed of the speech-to-landmark module"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, metavar="CACHE", help="prepared talking clips")
    parser.add_argument("--clips", default="", help="measure these clips instead of the held-out ones")
    parser.add_argument("--tests", nargs="+", metavar="NAME", help="only these tests")
    parser.add_argument("--checkpoints_dir", default="checkpoints", help="default: checkpoints")
    parser.add_argument("--out", type=Path, metavar="DIR", help="also write results.json and table.md")
    parser.add_argument("--seed", type=int, default=0, help="start of everything that is random")


def run(options: argparse.Namespace) -> None:
    tests = speech.choose(options.tests)
    others, clips = read_clips(options.data, options.clips)
    if not clips:
        raise InputError(f"{options.data} notes no held-out clips; name some with --clips")
    setting = Setting(clips, others, options.checkpoints_dir, options.seed)
    figures = []
    for name, test in tests.items():
        for figure in test(setting):
            figures.append(figure.as_dict() | {"test": name})
            say(" ".join(figure_texts(figures[-1])) + (f" ({figure.detail})" if figure.detail else ""))
    used = ("autovc", "content_branch", "pose_generator", "speech_encoder")
    found = (checkpoints.find(name, setting.checkpoints_dir) for name in used)
    settings = {"seed": setting.seed, "weights": [describe_file(one.path) for one in found if one]}
    report_figures(figures, options.out, settings | {"clips": [clip.name for clip in clips]})
