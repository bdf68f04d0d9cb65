"""Photo + speech → talking drawing: options → module 1 (landmarks) → module 2 (frames) → video."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from module1_audio2lmk.foundation.errors import InputError, run_cli, say, set_quiet
from module1_audio2lmk.foundation.files import shortened
from module1_audio2lmk.foundation.published_flags import add_published_flags
from module1_audio2lmk.motion_options import OF_SPEECH, add_motion_options, add_speech_weights
from module2_drawing import picture_options as picture

if TYPE_CHECKING:
    import numpy as np

    from module1_audio2lmk import SpeechToLandmarks
    from module1_audio2lmk.foundation.face.align import AlignedFace
    from module1_audio2lmk.foundation.face.landmark_file import Motion
    from module2_drawing import PortraitAnimator

#: `animate-portrait NAME …` → the module in scripts/ whose `main(arguments)` runs it, and what it is for.
SUBCOMMANDS = {
    "batch": ("batch", "draw all rows of a CSV table"),
    "pack": ("pack", "one portrait in one file, and a page that speaks without a server"),
    "live": ("live", "speak what is said now, or move as a face does"),
    "voice": ("make_voice", "recordings of a person for --voice_of, heard once"),
    "web": ("web", "draw in a page of the browser"),
    "completion": ("completion", "complete the options in a shell"),
}


def parse_arguments(
    arguments: list[str] | None = None, parser: argparse.ArgumentParser | None = None
) -> argparse.Namespace:
    parser = parser or argparse.ArgumentParser()
    parser.description = "One photo and one voice recording → a talking drawing."
    parser.epilog = "further commands: " + "; ".join(
        f"{name}: {what[1]}" for name, what in SUBCOMMANDS.items()
    )
    add = parser.add_argument_group("input and output").add_argument
    add("--jpg", metavar="PHOTO", help="photo of a face")
    add("--audio", metavar="SPEECH", help="any sound file, or a video whose sound is taken")
    add("--video", help="takes the photo (first frame with a face) and the sound from a clip")
    add("--drive", metavar="CLIP", help="the face in this clip moves the drawing; no speech is analysed")
    add("--face", type=int, metavar="N", help="which of several faces, 1 is the largest")
    add(
        "--output",
        metavar="FILE",
        help="a .mp4, .webm, .gif or .webp, a folder or name_%%05d.png for pictures "
        "(default: OUTPUT_FOLDER/PHOTO-SPEECH/STYLE.mp4, .webm where transparent)",
    )
    add("--output_folder", default="output", help="where the default output goes")
    add("--save_landmarks", metavar="FILE.npz", help="also write the landmark frames")
    add(
        "--from_landmarks",
        metavar="FILE",
        help="draw these landmark frames (.npz; .pts of iBUG or a folder of them; .csv of OpenFace); no "
        "speech is analysed",
    )
    help = "also write blend shapes for Live Link Face (.csv) or Rhubarb's mouth cues (.tsv, .json, .xml)"
    add("--save_curves", metavar="FILE", help=help)
    add("--curves", metavar="FILE", help="move the face by such a file; no speech is analysed")
    add("--save_landmark_video", metavar="FILE.mp4", help="also write a video of the landmarks")
    add("--quiet", action="store_true", help="only warnings and errors")
    picture.add_picture_options(parser)
    add_motion_options(parser)
    picture.add_drawing_weights(parser)
    add_speech_weights(parser)
    add_published_flags(parser, "main_end2end")
    options = parser.parse_args(arguments)
    if not (options.video or options.jpg):
        parser.error("give a photo with --jpg, or a clip with --video")
    if options.generator and options.quality != "default":
        parser.error("--generator and --quality both say what draws; leave one out")
    given = [f"--{name}" for name in ("from_landmarks", "curves", "drive") if getattr(options, name)]
    if len(given) > 1:
        parser.error(f"{' and '.join(given)} both give the motion; leave one out")
    if not (options.audio or options.video or given):
        parser.error("give speech with --audio, a clip with --video or --drive, --from_landmarks or --curves")
    return options


def output_file(options: argparse.Namespace) -> Path:
    if options.output:
        return Path(options.output)
    photo = Path(options.jpg or options.video).stem
    given = options.from_landmarks or options.curves
    speech = Path(options.audio or options.drive or options.video or given).stem
    suffix = ".webm" if options.background == "none" else ".mp4"
    folder = Path(options.output_folder) / f"{shortened(photo)}-{shortened(speech)}"
    return folder / f"{picture.style_of(options).replace(':', '-')}{suffix}"


def check_outputs(options: argparse.Namespace) -> None:
    """Raises InputError where an output is an input, two outputs are one file, or a name ends wrongly."""
    files = {name: text for name, text in vars(options).items() if isinstance(text, str)}
    outputs = [str(output_file(options)), *(files.pop(name) for name in [*files] if name.startswith("save_"))]
    files.pop("output", None)
    taken = {os.path.realpath(text): "the input itself" for text in files.values() if os.path.isfile(text)}
    for output in outputs:
        place = os.path.realpath(output)
        if place in taken:
            raise InputError(f"{output} is {taken[place]}; choose another output")
        taken[place] = "written by another option"
    if options.save_curves:
        from module1_audio2lmk.motion.curve_files import check_suffix

        check_suffix(options.save_curves)
    if options.save_landmarks and options.save_landmarks.lower().endswith((".csv", ".pts")):
        raise InputError(
            f"--save_landmarks {options.save_landmarks} writes NumPy's format; end the name in .npz"
        )


@lru_cache(maxsize=2)
def speech_of(**options: Any) -> SpeechToLandmarks:
    """Loaded once for all jobs of a process that have the same options."""
    from module1_audio2lmk import SpeechToLandmarks

    return SpeechToLandmarks(**options)


@lru_cache(maxsize=4)
def animator_of(**options: Any) -> PortraitAnimator:
    """Loaded once for all jobs of a process that have the same options; it draws one job at a time."""
    from module2_drawing import PortraitAnimator

    return PortraitAnimator(**options)


def speech_to_landmarks(options: argparse.Namespace, audio: str, face: AlignedFace, fps: Fraction) -> Motion:
    from module1_audio2lmk.foundation.face.landmark_file import Motion

    speech = speech_of(
        load_autovc=options.load_AUTOVC_name,
        load_content=options.load_a2l_C_name,
        load_speaker=options.load_a2l_G_name,
        **{name: getattr(options, name) for name in OF_SPEECH},
    )
    say(speech.describe())
    return Motion(speech(audio, face, fps), fps, speech.start(face).landmarks[:, :2])


def check(options: argparse.Namespace) -> None:
    """Raises InputError for what is wrong with the options, before anything is loaded."""
    from module1_audio2lmk.foundation.device import check_device
    from module1_audio2lmk.foundation.face.gaze import lids_of

    check_outputs(options)
    check_device(options.device)
    lids_of(options.gaze)
    picture.check_strokes(options, picture.style_of(options))


def sound_of(options: argparse.Namespace) -> str | None:
    """The file whose sound is heard and goes into the video."""
    from module1_audio2lmk.foundation import media

    if options.drive and not options.audio:
        return options.drive if media.probe(options.drive).audio_codec else None
    return options.audio or options.video


def motion_of(
    options: argparse.Namespace, audio: str | None
) -> tuple[Fraction, Callable[[AlignedFace], Motion]]:
    """Frames a second, and what moves a face: a file or a clip that is read now, or speech."""
    if options.from_landmarks or options.curves or options.drive:
        from module1_audio2lmk.motion.given import given_motion

        sources = options.from_landmarks, options.curves, options.drive
        return given_motion(*sources, fps=options.fps, audio=audio)
    speech = options.audio or options.video  # parse_arguments has seen to it that there is one
    fps = options.fps or Fraction(25)
    return fps, lambda face: speech_to_landmarks(options, speech, face, fps)


def face_of(options: argparse.Namespace, photo: np.ndarray | None) -> AlignedFace:
    """The face of the photo, or of the first frame with one, as its eyes are to look."""
    from module1_audio2lmk.foundation.face.align import align_face, align_first
    from module1_audio2lmk.foundation.face.gaze import turn_gaze

    if photo is None:
        face = align_first(options.video, options.landmarks, options.face)
    else:
        face = align_face(photo, options.landmarks, options.face, turn=True)
    say(f"landmarks: {face.backend}")
    return turn_gaze(face, options.gaze)


def keep_motion(
    options: argparse.Namespace, motion: Motion, face: AlignedFace, files: dict[str, Path], audio: str | None
) -> None:
    """Write --save_landmarks and --save_curves to their opened files, and --save_landmark_video."""
    from module1_audio2lmk.foundation.face.landmark_file import packed
    from module1_audio2lmk.foundation.face.visualise import write_landmark_video

    if "save_landmarks" in files:
        files["save_landmarks"].write_bytes(packed(motion))
    if "save_curves" in files:
        from module1_audio2lmk.motion.curve_files import motion_text

        text = motion_text(options.save_curves, motion, face.landmarks, Path(audio or "").name)
        files["save_curves"].write_text(text, encoding="utf-8", newline="")
    if options.save_landmark_video:
        write_landmark_video(options.save_landmark_video, motion.frames, motion.fps, audio)


def animate(options: argparse.Namespace, watch: Callable[[int, int, np.ndarray], None] | None = None) -> Path:
    """Draw the video that the options ask for; its path.

    watch: called with each frame's number, how many there are, and the frame, (S, S, 3) uint8 RGB.
    """
    # Imported here, so that --help and mistakes in the options answer at once.
    from tqdm import tqdm

    from module1_audio2lmk.foundation import media
    from module1_audio2lmk.foundation.files import atomic_path

    check(options)
    audio = sound_of(options)
    photo = media.read_image(options.jpg) if options.jpg else None
    fps, moved = motion_of(options, audio)
    animator = animator_of(
        style=picture.style_of(options),
        generator_file=picture.generator_file(options),
        **{name: getattr(options, name) for name in picture.OF_DRAWING},
    )
    say(f"device: {animator.device}")
    output, intro = output_file(options), round(options.intro * fps)
    size = None if options.frame == "full" else (animator.size, animator.size)
    transparent = options.background == "none"
    with ExitStack() as stack:
        # Every output is opened before the work begins: what cannot be written is told at once.
        places = {name: getattr(options, name) for name in ("save_landmarks", "save_svg", "save_curves")}
        files = {name: stack.enter_context(atomic_path(place)) for name, place in places.items() if place}
        writer = media.animation_writer(output, size, fps, audio, transparent, silence=intro / fps)
        stack.enter_context(writer)
        face = face_of(options, photo)
        motion = moved(face)
        keep_motion(options, motion, face, files, audio)
        for line in animator.descriptions:
            say(line)
        rest = motion.first_landmarks(face.landmarks)
        animator.prepare(replace(face, landmarks=rest))
        frames, total = animator.frames(motion.frames), intro + len(motion.frames)
        if "save_svg" in files or intro:
            from module2_drawing.rendering import strokes
        if "save_svg" in files:
            files["save_svg"].write_text(strokes.svg(strokes.of_frame(animator, rest)), "utf-8")
        if intro:
            frames = chain(strokes.intro(strokes.of_frame(animator, motion.frames[0]), intro), frames)
        for frame in frames if options.quiet else tqdm(frames, total=total, unit="frame"):
            writer.write(frame)
            if watch:
                watch(writer.frames, total, frame)
    return output


def subcommand(name: str) -> Callable[[list[str]], int | None]:
    """The `main` of a module in scripts/; once installed that folder is the package animate_portrait."""
    module = SUBCOMMANDS[name][0]
    clone = (Path(__file__).parent / "scripts" / f"{module}.py").is_file()
    return import_module(f"{'scripts' if clone else 'animate_portrait'}.{module}").main


def main(arguments: list[str] | None = None) -> int | None:
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments and arguments[0] in SUBCOMMANDS:
        return subcommand(arguments[0])(arguments[1:])
    options = parse_arguments(arguments)
    set_quiet(options.quiet)
    output = animate(options)
    if not options.quiet:
        print(f"output: {output}")
    return None


def command() -> NoReturn:
    """The console command `animate-portrait`."""
    run_cli(main)


if __name__ == "__main__":
    command()
