#!/usr/bin/env python3
"""Recordings of one person → a voice: the database of speech features that --voice_of projects speech onto.

    animate-portrait voice CLIPS --out voice.safetensors [--front_end moonshine]

CLIPS are sounds or videos of this person alone, in which nobody else speaks, or folders of them; some minutes
are enough. The file notes the front-end and its weights: it serves `--voice_of` with the same ones.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from module1_audio2lmk.audio.front_ends import FRONT_ENDS, front_end_named
from module1_audio2lmk.audio.manifold import hear_voice, write_manifold
from module1_audio2lmk.foundation.errors import run_cli


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="animate-portrait voice",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("clips", type=Path, nargs="+", metavar="CLIPS", help="sounds, videos, folders")
    add("--out", type=Path, required=True, metavar="FILE.safetensors", help="the voice")
    add("--front_end", default="moonshine", choices=tuple(FRONT_ENDS), help="what hears it (%(default)s)")
    add("--backend", default="auto", help="what runs the front-end's network")
    options = parser.parse_args(arguments)
    if options.out.suffix != ".safetensors":
        parser.error(f"--out {options.out} does not end with .safetensors")
    return options


def main(arguments: list[str] | None = None) -> None:
    options = parse_arguments(arguments)
    front_end = front_end_named(options.front_end, options.backend)
    voice = hear_voice(front_end, options.front_end, options.clips)
    write_manifold(options.out, voice)
    of = f"{voice.seconds:.0f} s in {voice.sounds} sounds"
    print(f"output: {options.out}, {len(voice.features)} features of {of}")


if __name__ == "__main__":
    run_cli(main)
