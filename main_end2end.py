"""Photo + speech → talking drawing: options → module 1 (landmarks) → module 2 (frames) → video."""

from __future__ import annotations

import argparse
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, NoReturn

import numpy as np
from tqdm import tqdm

from module1_audio2lmk.foundation.errors import InputError, run_cli, say, set_quiet
from module1_audio2lmk.foundation.published_flags import add_published_flags
from module2_drawing.styles import public_name, renderers

if TYPE_CHECKING:
    import torch

    from module1_audio2lmk.foundation.face.align import AlignedFace

FRAME_SIZE = 256
STYLES = tuple(renderers())


def frame_rate(text: str) -> Fraction:
    """ "25", "62.5" or "30000/1001" → frames per second."""
    try:
        fps = Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise argparse.ArgumentTypeError(f"{text!r} is no frame rate; give a number such as 25") from None
    if not 1 <= fps <= 62.5:
        raise argparse.ArgumentTypeError(f"{text} frames per second; give 1 to 62.5")
    return fps


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="One photo and one voice recording → a talking drawing.")
    add = parser.add_argument_group("input and output").add_argument
    add("--jpg", metavar="PHOTO", help="photo of a face")
    add("--audio", metavar="SPEECH", help="any sound file, or a video whose sound is taken")
    add("--video", help="takes the photo (first frame) and the sound from a clip")
    add("--face", type=int, metavar="N", help="which of several faces, 1 is the largest")
    add("--output", metavar="FILE", help="the video (default: OUTPUT_FOLDER/PHOTO-SPEECH/STYLE.mp4)")
    add("--output_folder", default="output", help="where the default output goes")
    add("--fps", type=frame_rate, help="frames per second (default 25, or those of --from_landmarks)")
    add("--save_landmarks", metavar="FILE.npz", help="also write the landmark frames")
    add("--from_landmarks", metavar="FILE.npz", help="draw these landmark frames; no speech is analysed")
    add("--save_landmark_video", metavar="FILE.mp4", help="also write a video of the landmarks")
    add("--quiet", action="store_true", help="only warnings and errors")

    add = parser.add_argument_group("weights").add_argument
    add("--style", type=public_name, choices=STYLES, help="style (default: what --exp says)")
    add("--exp", default="formal/drawing", help="experiment: formal/drawing, formal/cartoon or your own")
    add("--epoch", default="70", help="epoch of the experiment")
    add("--checkpoints_dir", default="checkpoints", help="where weights are looked for")
    add("--load_AUTOVC_name", metavar="FILE", help="AutoVC weights")
    add("--load_a2l_G_name", metavar="FILE", help="speaker branch weights")
    add("--load_a2l_C_name", metavar="FILE", help="content branch weights")
    add("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps")
    add("--landmarks", default="auto", choices=("auto", "face_alignment", "mediapipe"), help="backend")

    add = parser.add_argument_group("motion").add_argument
    add("--amp_lip_x", type=float, default=2.0, help="amplitude of the lips, across")
    add("--amp_lip_y", type=float, default=2.0, help="amplitude of the lips, up and down")
    add("--amp_pos", type=float, default=0.5, help="amplitude of the head motion")
    add("--amp_brow", type=float, default=1.0, help="amplitude of the brows")
    add("--head_motion", default="auto", help="none, speaker_branch, generated or FILE.csv of poses")
    add("--blink", default="natural", help="natural, none or blinks a minute")
    add("--seed", type=int, default=0, help="seed of all that is random")
    add_published_flags(parser, "main_end2end")
    options = parser.parse_args(arguments)
    if options.video is None and options.jpg is None:
        parser.error("give a photo with --jpg, or a clip with --video")
    if not (options.audio or options.video or options.from_landmarks):
        parser.error("give speech with --audio, a clip with --video, or frames with --from_landmarks")
    return options


class Motion(NamedTuple):
    """frames: (T, 68, 2) px of the 512² crop; fps; start: (68, 2), what they move away from, if not the
    landmarks found in the photo."""

    frames: np.ndarray
    fps: Fraction
    start: np.ndarray | None = None


def style_of(options: argparse.Namespace) -> str:
    """--style, else as the published program: an experiment with a style in its name draws in that style."""
    return options.style or next((style for style in STYLES if style in options.exp), "drawing")


def generator_file(options: argparse.Namespace) -> Path | None:
    """The file of --exp and --epoch; None for the published experiments where it is not there."""
    published = [f"formal/{style}" for style in STYLES]
    if options.style and options.exp in published:
        options.exp = f"formal/{options.style}"
    path = Path(options.checkpoints_dir) / options.exp / f"{options.epoch}_net_G_A.pth"
    if path.is_file():
        return path
    if options.exp in published and options.epoch == "70":
        return None
    raise InputError(f"no weights {path}; check --exp, --epoch and --checkpoints_dir")


def output_file(options: argparse.Namespace) -> Path:
    if options.output:
        return Path(options.output)
    photo = Path(options.jpg or options.video).stem
    speech = Path(options.audio or options.video or options.from_landmarks).stem
    return Path(options.output_folder) / f"{photo}-{speech}" / f"{style_of(options)}.mp4"


def read_landmarks(path: str) -> Motion:
    """A file of --save_landmarks. Raises InputError where it is none."""
    from module1_audio2lmk.foundation.files import input_file

    try:
        with np.load(input_file(path, "landmark file"), allow_pickle=False) as file:
            fps = Fraction(float(file["fps"])).limit_denominator(1001)
            return Motion(file["frames"], fps, file.get("start"))
    except (ValueError, KeyError, OSError, EOFError, TypeError) as error:
        raise InputError(
            f"{path} holds no landmark frames ({error}); make it with --save_landmarks"
        ) from None


def write_landmarks(path: str, motion: Motion) -> None:
    """Write what `read_landmarks` reads."""
    from module1_audio2lmk.foundation.files import atomic_path

    with atomic_path(path) as temporary, temporary.open("wb") as file:
        start = {} if motion.start is None else {"start": motion.start}
        np.savez_compressed(file, frames=motion.frames, fps=np.float64(motion.fps), **start)


def speech_to_landmarks(
    options: argparse.Namespace, audio: str, face: AlignedFace, fps: Fraction, device: torch.device
) -> Motion:
    from module1_audio2lmk import SpeechToLandmarks

    speech = SpeechToLandmarks(
        options.checkpoints_dir,
        device,
        load_autovc=options.load_AUTOVC_name,
        load_content=options.load_a2l_C_name,
        load_speaker=options.load_a2l_G_name,
        amp_lip_x=options.amp_lip_x,
        amp_lip_y=options.amp_lip_y,
        amp_pos=options.amp_pos,
        amp_brow=options.amp_brow,
        head_motion=options.head_motion,
        blink=options.blink,
        seed=options.seed,
    )
    say(speech.describe())
    return Motion(speech(audio, face, fps), fps, speech.start(face).landmarks[:, :2])


def started(face: AlignedFace, motion: Motion) -> AlignedFace:
    """The face with the landmarks that the motion starts from."""
    if motion.start is None:
        return face
    if motion.start.shape != (68, 2):
        raise InputError(f"the landmark file has a start of shape {motion.start.shape}; save it again")
    landmarks = face.landmarks.copy()
    landmarks[:, :2] = motion.start
    return replace(face, landmarks=landmarks)


def main(arguments: list[str] | None = None) -> None:
    options = parse_arguments(arguments)
    set_quiet(options.quiet)
    # Imported here, so that --help and mistakes in the options answer at once.
    from module1_audio2lmk.foundation import media
    from module1_audio2lmk.foundation.device import pick_device
    from module1_audio2lmk.foundation.face.align import align_face
    from module2_drawing import PortraitAnimator

    device = pick_device(options.device)
    audio = options.audio or options.video
    photo = media.read_image(options.jpg) if options.jpg else media.first_frame(options.video)
    motion = read_landmarks(options.from_landmarks) if options.from_landmarks else None
    fps = options.fps or (motion.fps if motion else Fraction(25))
    say(f"device: {device}")
    animator = PortraitAnimator(style_of(options), options.checkpoints_dir, device, generator_file(options))
    output = output_file(options)
    with media.VideoWriter(output, (FRAME_SIZE, FRAME_SIZE), fps, audio) as writer:
        face = align_face(photo, options.landmarks, options.face)
        say(f"landmarks: {face.backend}")
        motion = motion or speech_to_landmarks(options, audio, face, fps, device)
        for line in animator.descriptions:
            say(line)
        animator.prepare(started(face, motion))
        frames = animator.frames(motion.frames)
        for frame in tqdm(frames, total=len(motion.frames), unit="frame", disable=options.quiet):
            writer.write(frame)
    if options.save_landmarks:
        write_landmarks(options.save_landmarks, motion._replace(fps=fps))
    if options.save_landmark_video:
        from module1_audio2lmk.foundation.face.visualise import write_landmark_video

        write_landmark_video(options.save_landmark_video, motion.frames, fps, audio)
    if not options.quiet:
        print(f"output: {output}")


def command() -> NoReturn:
    """The console command `animate-portrait`."""
    run_cli(main)


if __name__ == "__main__":
    command()
