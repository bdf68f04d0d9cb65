"""Live: a photo that speaks what is said now, or moves as the face in a camera or a clip does.

python scripts/live.py --jpg PHOTO --mic                      # microphone → window
python scripts/live.py --jpg PHOTO --audio speech.wav --realtime --output talking.mp4
arecord -f S16_LE -r 16000 | python scripts/live.py --jpg PHOTO --audio - --realtime --output - | ffplay -
python scripts/live.py --jpg PHOTO --camera 0                 # the face in the camera → window
"""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from module1_audio2lmk.foundation.errors import InputError, run_cli, say, set_quiet
from module1_audio2lmk.foundation.files import check_not_input, input_file
from module1_audio2lmk.motion_options import frame_rate, seed
from module2_drawing.picture_options import STYLES, frame_size

if TYPE_CHECKING:
    import numpy as np

    from module1_audio2lmk.foundation.face.align import AlignedFace
    from module1_audio2lmk.foundation.live import MotionSource
    from module2_drawing import PortraitAnimator
    from module2_drawing.live import LiveSession
    from module2_drawing.live.clock import Clock
    from module2_drawing.live.outputs import Output

_RANGES = {"port": (0, 65535), "camera": (0, 999), "viewers": (1, 999)}


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="animate-portrait live", description="A drawing that speaks, or moves, now."
    )
    parser.add_argument("--jpg", metavar="PHOTO", required=True, help="photo of a face")
    parser.add_argument("--face", type=int, metavar="N", help="which of several faces, 1 is the largest")
    group = parser.add_argument_group("what moves the drawing")
    add = group.add_mutually_exclusive_group(required=True).add_argument
    add("--audio", metavar="SPEECH", help="a sound file, or - for 16-bit mono samples on the standard input")
    add("--mic", action="store_true", help="the microphone (needs the package sounddevice)")
    add("--camera", type=int, metavar="N", help="the face in this camera, 0 is the first")
    add("--drive", metavar="CLIP", help="the face in this clip moves the drawing")
    add("--page", action="store_true", help="a page in the browser: its microphone or camera, any viewers")
    parser.add_argument("--rate", type=int, default=16000, help="samples a second of --audio -")
    parser.add_argument(
        "--realtime", action="store_true", help="frames when they are due, dropped rather than late"
    )
    add = parser.add_argument_group("output").add_argument
    add("--output", metavar="FILE", help=".mp4, .mkv, .ts, or - for standard output (default: a window)")
    add("--format", default="mpegts", choices=("mpegts", "raw"), help="of --output -: video, or RGB frames")
    add("--style", default="drawing", choices=STYLES, help="style")
    add("--size", type=frame_size, default=512, metavar="PX", help="side of the frames, 256 to 2048")
    add("--fps", type=frame_rate, default=Fraction(25), help="frames per second")
    add("--quiet", action="store_true", help="only warnings and errors")
    add = parser.add_argument_group("the page").add_argument
    add("--host", default="127.0.0.1", help="address to listen on; other than this one, for other machines")
    add("--port", type=int, default=8010, help="port to listen on")
    add("--token", help="what the page's address ends in (default: made up anew)")
    add("--viewers", type=int, default=16, help="most viewers at a time")
    add = parser.add_argument_group("weights and motion").add_argument
    add("--checkpoints_dir", default="checkpoints", help="where weights are looked for")
    add(
        "--front_end",
        default="mel",
        choices=("mel", "moonshine"),
        help="moonshine is 120 ms later",
    )
    add(
        "--voice_of", metavar="FILE", help="bring the voice to that of this sound, clip, folder or voice file"
    )
    add("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps")
    add("--seed", type=seed, default=0, help="seed of all that is random")
    options = parser.parse_args(arguments)
    for name, (least, most) in _RANGES.items():
        if (value := getattr(options, name)) is not None and not least <= value <= most:
            parser.error(f"--{name} {value}: give {least} to {most}")
    return options


def open_portrait(options: argparse.Namespace) -> tuple[PortraitAnimator, AlignedFace]:
    """The drawing of the photo, ready to move, and its face."""
    import numpy as np

    from module1_audio2lmk.foundation.face.align import align_face
    from module1_audio2lmk.foundation.media import read_image
    from module2_drawing import PortraitAnimator

    face = align_face(read_image(options.jpg), face=options.face, turn=True)
    animator = PortraitAnimator(options.style, options.checkpoints_dir, options.device, size=options.size)
    for line in (f"device: {animator.device}", f"landmarks: {face.backend}", *animator.descriptions):
        say(line)
    animator.prepare(face)
    # A first frame loads what those after it need, and a dozen would be late: it is drawn before one is due.
    # Squeezed, its lids and lips shut, and nothing is left to be loaded.
    list(animator.frames(face.landmarks[None, :, :2] * np.array((1, 0.5))))
    return animator, face


def open_source(options: argparse.Namespace, face: AlignedFace, clock: Clock) -> MotionSource:
    """What moves the face."""
    from module1_audio2lmk import SpeechToLandmarks
    from module1_audio2lmk.foundation.face.live_drive import CameraDrive, ClipDrive
    from module1_audio2lmk.live import CATCH_UP

    if options.drive:
        return ClipDrive(options.drive, face, options.fps)
    if options.camera is not None:
        return CameraDrive(face, options.fps)
    speech = SpeechToLandmarks(
        options.checkpoints_dir,
        options.device,
        seed=options.seed,
        front_end=options.front_end,
        look_ahead="live",
        voice_of=options.voice_of,
    )
    say(speech.describe())
    # A stream may hand over a whole speech at once: only what is paced is behind when it waits.
    paced = options.mic or (options.realtime and options.audio != "-")
    catch_up = CATCH_UP if paced else None
    return speech.live(face, options.fps, sound_rate=sound_rate(options), catch_up=catch_up, clock=clock.now)


def open_output(options: argparse.Namespace) -> Output:
    """Where frames go. Raises InputError where they cannot."""
    from module2_drawing.live.outputs import RawOutput, VideoOutput, Window

    rate = sound_rate(options)
    if options.output is None:
        return Window(rate)
    if options.output != "-":
        return VideoOutput(Path(options.output), options.size, options.fps, rate)
    if options.format == "raw":
        return RawOutput(sys.stdout.buffer)
    return VideoOutput(sys.stdout.buffer, options.size, options.fps, rate)


def sound_blocks(options: argparse.Namespace) -> Iterator[np.ndarray]:
    """The sound of --audio, as it is wanted."""
    from module2_drawing.live.inputs import file_blocks, pcm_blocks

    rate = sound_rate(options)
    return pcm_blocks(sys.stdin.buffer, rate) if options.audio == "-" else file_blocks(options.audio, rate)


def run(session: LiveSession, output: Output) -> None:
    """Show frames until the source is over, the window is closed or Ctrl-C; what was written is kept."""
    with output:
        try:
            for frame in session.frames():
                if not output.show(frame):
                    break
        except KeyboardInterrupt:
            say("stopped")
        finally:
            session.close()


def sound_rate(options: argparse.Namespace) -> int:
    """Samples a second of the sound that goes out."""
    if options.camera is not None or options.drive:
        return 16000
    return options.rate if options.audio == "-" else 24000


def run_in_real_time(options: argparse.Namespace, output: Output) -> None:
    """Frames when they are due, from what comes in."""
    from module1_audio2lmk.foundation.face.live_drive import CameraDrive
    from module2_drawing.live import LiveSession
    from module2_drawing.live.clock import SystemClock
    from module2_drawing.live.inputs import Camera, Feeder, microphone

    animator, face = open_portrait(options)
    clock = SystemClock()
    session = LiveSession(animator, open_source(options, face, clock), clock)
    feeder = None
    with ExitStack() as stack:
        if options.audio:
            feeder = Feeder(session, sound_blocks(options), sound_rate(options), paced=options.audio != "-")
            feeder.start()
        if options.mic:
            stack.callback(microphone(session).close)
        if isinstance(session.source, CameraDrive):
            camera = Camera(options.camera, session.source)
            camera.start()
            stack.callback(camera.close)
        run(session, output)
    say(str(session.statistics))
    if feeder and feeder.failure:
        raise feeder.failure


def run_freely(options: argparse.Namespace, output: Output) -> None:
    """Every frame, as fast as it goes."""
    from module2_drawing.live import LiveSession
    from module2_drawing.live.clock import FreeClock
    from module2_drawing.live.inputs import PulledSound

    pulled = PulledSound(sound_blocks(options), sound_rate(options)) if options.audio else None
    clock = FreeClock(pulled)
    animator, face = open_portrait(options)
    session = LiveSession(animator, open_source(options, face, clock), clock)
    if pulled:
        pulled.session = session
    run(session, output)
    say(f"frames: {session.statistics.drawn} drawn")


def run_page(options: argparse.Namespace) -> None:
    """Serve the page until Ctrl-C."""
    from module1_audio2lmk.foundation.face.live_drive import CameraDrive
    from module2_drawing.live import LiveSession
    from module2_drawing.live.clock import SystemClock
    from module2_drawing.live.switch import Switch

    try:
        # Once installed, the folder scripts/ is the package animate_portrait.
        server = import_module(f"{__package__ or 'scripts'}.livepage.server")
        stage = import_module(f"{__package__ or 'scripts'}.livepage.stage")
    except ModuleNotFoundError as error:
        raise InputError(f"--page needs the package {error.name}: pip install {error.name}") from None
    token = options.token or secrets.token_urlsafe(16)
    animator, face = open_portrait(options)
    clock = SystemClock()
    source = Switch({"speech": open_source(options, face, clock), "camera": CameraDrive(face, options.fps)})
    session = LiveSession(animator, source, clock)
    live = server.LiveServer(stage.Stage(session), token, options.host, options.viewers)
    server.serve(live, options.host, options.port, token)
    say(str(session.statistics))


def main(arguments: list[str] | None = None) -> None:
    options = parse_arguments(arguments)
    set_quiet(options.quiet)
    if not 8000 <= options.rate <= 96000:
        raise InputError(f"--rate {options.rate}; give 8000 to 96000")
    for path, what in ((options.jpg, "photo"), (options.drive, "clip"), (options.audio, "sound")):
        if path not in (None, "-"):
            input_file(path, what)
    if options.page:
        return run_page(options)
    check_not_input(options.output or "-", options.jpg, options.drive, options.audio)
    output = open_output(options)
    live = options.realtime or options.mic or options.camera is not None or options.output is None
    (run_in_real_time if live else run_freely)(options, output)


if __name__ == "__main__":
    run_cli(main)
