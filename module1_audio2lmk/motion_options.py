"""Options of the motion: how much lips, head, brows and lids move, and the weights that move them."""

import argparse
from fractions import Fraction

#: As `foundation.backends` has them.
BACKENDS = ("auto", "torch", "onnxruntime", "openvino")
#: Options that are arguments of `SpeechToLandmarks` under the same name.
OF_SPEECH = (
    *("checkpoints_dir", "device", "backend", "seed", "front_end", "look_ahead", "voice_of"),
    *("voice_strength", "amp_lip_x", "amp_lip_y", "amp_pos", "amp_brow"),
    *("head_motion", "blink", "expression", "gaze"),
)


def frame_rate(text: str) -> Fraction:
    """ "25", "62.5" or "30000/1001" → frames per second."""
    try:
        fps = Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise argparse.ArgumentTypeError(f"{text!r} is no frame rate; give a number such as 25") from None
    if not 1 <= fps <= 62.5:
        raise argparse.ArgumentTypeError(f"{text} frames per second; give 1 to 62.5")
    return fps


def seed(text: str) -> int:
    """ "0", "7" … → the seed of random numbers."""
    if not text.strip().isdecimal() or int(text) >= 2**63:
        raise argparse.ArgumentTypeError(f"{text} is no seed; give a whole number from 0 on")
    return int(text)


def gaze(text: str) -> tuple[float, float]:
    """ "0.5,-1" → (0.5, -1.0)."""
    try:
        x, y = (float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no direction; give X,Y from -1 to 1, as --gaze=0.5,0"
        ) from None
    return x, y


def add_motion_options(parser: argparse.ArgumentParser) -> None:
    """Add the group "motion"."""
    add = parser.add_argument_group("motion").add_argument
    add("--fps", type=frame_rate, help="frames per second (default 25, or those of --from_landmarks)")
    add("--amp_lip_x", type=float, default=2.0, help="amplitude of the lips, across")
    add("--amp_lip_y", type=float, default=2.0, help="amplitude of the lips, up and down")
    add("--amp_pos", type=float, default=0.5, help="amplitude of the head motion")
    add("--amp_brow", type=float, default=1.0, help="amplitude of the brows")
    add("--head_motion", default="auto", help="none, speaker_branch, generated or FILE.csv of poses")
    help = "neutral, happy, sad, angry or surprised, perhaps with a strength from 0 to 1: happy:0.5"
    add("--expression", default="neutral", help=help)
    add(
        "--gaze",
        type=gaze,
        default=(0.0, 0.0),
        metavar="X,Y",
        help="where the eyes look, from where they look in the photo: X from -1 to 1, the picture's right, "
        "and Y up to 1 (--gaze=-0.5,0)",
    )
    help = "bring the voice to that of this sound, clip, folder or voice file"
    add("--voice_of", metavar="FILE", help=help)
    add("--voice_strength", type=float, default=1.0, help="how far --voice_of does so, 0 to 1")
    add("--blink", default="natural", help="natural, none or blinks a minute")
    add("--seed", type=seed, default=0, help="seed of all that is random")


def add_speech_weights(parser: argparse.ArgumentParser) -> None:
    """Add the group "weights of the speech, machine"."""
    add = parser.add_argument_group("weights of the speech, machine").add_argument
    add("--load_AUTOVC_name", metavar="FILE", help="AutoVC weights")
    add("--load_a2l_G_name", metavar="FILE", help="speaker branch weights")
    add("--load_a2l_C_name", metavar="FILE", help="content branch weights")
    add("--front_end", default="auto", choices=("auto", "moonshine", "mel"), help="what own weights hear")
    help = "how far ahead own weights hear: 3 s, or as little as live (%(default)s)"
    add("--look_ahead", default="whole", choices=("whole", "live"), help=help)
    add("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps")
    add("--backend", default="auto", choices=BACKENDS, help="what runs the networks of own weights on a CPU")
    add("--landmarks", default="auto", choices=("auto", "face_alignment", "mediapipe"), help="backend")
