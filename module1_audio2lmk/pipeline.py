"""Pipeline: speech and one aligned face → landmark frames, the whole of the module behind one call."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from .audio.front_ends import FRONT_ENDS, LOOK_AHEADS
from .audio.manifold import in_voice
from .audio.sound import Sound
from .audio.waveform import FRAME_RATE, SAMPLE_RATE
from .foundation.backends import chosen, load
from .foundation.checkpoints import Found
from .foundation.device import check_device, pick_device
from .foundation.errors import InputError, warn
from .foundation.face.align import AlignedFace
from .foundation.face.check import eyes_covered
from .foundation.face.gaze import lids_of
from .foundation.face.geometry import smooth
from .live import LiveSpeech
from .motion.blinks import BlinkProcess, blink_rate, close_eyes
from .motion.content import ContentModel, load_content_stream
from .motion.expressions import expression_offset
from .motion.face_rig import PUBLISHED_HEAD, Amplitudes, FaceRig
from .motion.head import HeadMotion, motion_named
from .motion.lips import AMPLITUDES
from .published.landmarks import slim_lips_widen_eyes
from .speech_weights import SpeechWeights
from .streaming import LandmarkStream, Resampler, checked_rate, whole_file

if TYPE_CHECKING:
    import torch


class SpeechToLandmarks:
    """Makes a face speak: sound and an `AlignedFace` in, (T, 68, 2) landmark frames out.

    Published checkpoints are used where they lie in ``checkpoints_dir``, own weights otherwise.

    checkpoints_dir: folder of checkpoints.
    device: a torch device or its name; own networks are so small that the CPU is as good.
    load_autovc, load_content, load_speaker: files to use instead of those found.
    front_end: moonshine, the default of own weights, hears speech by the encoder of a recogniser; mel takes
    the own weights that hear the mel and look 192 ms ahead.
    look_ahead: how far ahead `frames` and `__call__` hear: whole, 3 s, as a whole sound is at hand, or live,
    312 ms, as `stream` and `live` do. The mel is the same for both.
    backend: what runs own weights, one of `foundation.backends.BACKENDS`.
    amp_lip_x, amp_lip_y: amplitude of the lips, 2 is natural; amp_lip_y also drives the jaw.
    amp_pos: amplitude of the head motion, 0.5 is natural.
    amp_brow: amplitude of the brows, 1 is natural.
    head_motion: none, speaker_branch, generated, a .csv file of poses at 25 Hz, or auto: the speaker branch
    with published weights, else generated.
    blink: natural, none, or a number of blinks a minute; eyes behind dark glasses do not blink.
    expression: neutral, happy, sad, angry or surprised, perhaps with a strength: happy:0.5.
    gaze: (x, y) of `foundation.face.gaze.turn_gaze`, with which the lids go.
    seed: of head motion and blinks.
    voice_of: whose voice own weights hear instead: a file of scripts/make_voice.py, or a sound, a clip or a
    folder of these. voice_strength: how far speech is moved there, 0 to 1.
    Raises InputError for a file that is missing or does not fit, or a value out of range.
    """

    def __init__(
        self,
        checkpoints_dir: str | os.PathLike[str] = "checkpoints",
        device: str | torch.device = "auto",
        load_autovc: str | os.PathLike[str] | None = None,
        load_content: str | os.PathLike[str] | None = None,
        load_speaker: str | os.PathLike[str] | None = None,
        amp_lip_x: float = AMPLITUDES[0],
        amp_lip_y: float = AMPLITUDES[1],
        amp_pos: float = PUBLISHED_HEAD,
        amp_brow: float = 1.0,
        head_motion: str = "auto",
        blink: str | float = "natural",
        seed: int = 0,
        front_end: str = "auto",
        backend: str = "auto",
        expression: str = "neutral",
        voice_of: str | os.PathLike[str] | None = None,
        voice_strength: float = 1.0,
        look_ahead: str = "whole",
        gaze: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        if look_ahead not in LOOK_AHEADS:
            raise InputError(f"unknown --look_ahead {look_ahead!r}; choose {' or '.join(LOOK_AHEADS)}")
        if front_end not in ("auto", *FRONT_ENDS):
            raise InputError(f"unknown --front_end {front_end!r}; choose auto, {', '.join(FRONT_ENDS)}")
        if not 0 <= seed < 2**63:
            raise InputError(f"--seed {seed} is out of range; give a whole number from 0 on")
        check_device(device)
        self.seed, self.voice_of, self.look_ahead = seed, voice_of, look_ahead
        self.blinks_per_minute = blink_rate(blink)
        self._expression = expression_offset(expression) + lids_of(gaze)
        self._amplitudes = Amplitudes.of_options(amp_lip_x, amp_lip_y, amp_pos, amp_brow)
        chosen(backend)  # an unknown one is told at once
        files = SpeechWeights.found(checkpoints_dir, front_end, load_autovc, load_content, load_speaker)
        self._files, self.own = files, files.own
        self.head_motion = files.head_motion(str(head_motion))
        pose = files.pose if self.head_motion == "generated" else None
        self.pose_network = load(pose, "PoseGenerator", backend) if pose else None
        self._speaker: Callable[[], HeadMotion] | None = None
        if self.own and self.head_motion == "speaker_branch" and files.speaker:
            from .motion.speaker import load_speaker_motion  # with torch

            self._speaker = load_speaker_motion(files.speaker, files.encoder)
        self._head()  # an unusable name is told at once
        if self.own:
            self._content = cache(partial(_load_content, files.content, backend, voice_of, voice_strength))
            heard = self._content(look_ahead).heard
            if front_end not in ("auto", heard):
                raise InputError(f"{files.content.path} hears {heard}; choose --front_end {heard}")
        elif voice_of is not None:
            raise InputError("published weights bring every voice to their own; leave --voice_of out")
        else:
            from .published.speech import PublishedSpeech, load_networks  # with scipy.signal, a second

            device = pick_device(device)
            networks = load_networks(files.content, files.autovc, files.speaker, files.encoder, device)
            self._published = PublishedSpeech(networks, device)

    @property
    def backend(self) -> str:
        """What runs the content branch: torch, onnxruntime or openvino."""
        return self._content(self.look_ahead).backend if self.own else "torch"

    def describe(self) -> str:
        """One line on the weights in use."""
        voice = "" if self.voice_of is None else f", voice of {self.voice_of}"
        return f"speech: {self._files.description(self.head_motion)}{voice}; run by {self.backend}"

    def start(self, face: AlignedFace) -> AlignedFace:
        """The face that the frames move away from: published weights slim its lips and widen its eyes."""
        if self.own:
            return face
        return replace(face, landmarks=slim_lips_widen_eyes(face.landmarks).astype(np.float32))

    def stream(self, face: AlignedFace, fps: Fraction | float = 25) -> LandmarkStream:
        """A stream that makes ``face`` speak: push samples, get landmark frames. Raises InputError for frames
        a second outside of 1 to 62.5, and for published weights, which need the whole speech."""
        if not self.own:
            raise InputError("published weights need the whole speech, not a stream")
        return self._stream("live", face, fps)

    def _stream(self, look_ahead: str, face: AlignedFace, fps: Fraction | float) -> LandmarkStream:
        return LandmarkStream(*self._moving(self._content(look_ahead), face), checked_rate(fps))

    def _moving(
        self, content: ContentModel, face: AlignedFace
    ) -> tuple[ContentModel, FaceRig, HeadMotion, BlinkProcess]:
        rig = FaceRig(face.landmarks, content.opening_direction, self._amplitudes, self._expression)
        head = self._head()
        assert head is not None  # as own weights always move it
        return content, rig, head, self._blinks(face)

    def live(self, face: AlignedFace, fps: Fraction | float = 25, **options: Any) -> LiveSpeech:
        """What makes ``face`` speak as sound comes in, for a live session; options as of `LiveSpeech`.

        Raises InputError as `stream`, and for a speaker branch, which cannot go on after an interruption.
        """
        if self.head_motion == "speaker_branch":
            raise InputError("the speaker branch cannot be live; choose --head_motion generated")
        if not self.own:
            raise InputError("published weights need the whole speech; live takes own weights")
        return LiveSpeech(*self._moving(self._content("live"), face), checked_rate(fps), **options)

    def _head(self) -> HeadMotion | None:
        """The motion of the head from its beginning; None where the published program makes it."""
        if self._speaker is not None:
            return self._speaker()
        if self.head_motion == "speaker_branch":
            return None
        return motion_named(self.head_motion, self.pose_network, self.seed)

    def _blinks(self, face: AlignedFace) -> BlinkProcess:
        """Behind dark glasses none: they would be squeezed with the lids."""
        rate = 0.0 if eyes_covered(face.image, face.landmarks) else self.blinks_per_minute
        return BlinkProcess(FRAME_RATE, rate, self.seed)

    def frames(
        self, audio: str | os.PathLike[str] | np.ndarray, face: AlignedFace, fps: Fraction | float = 25
    ) -> Iterator[np.ndarray]:
        """The frames of `__call__` as they become ready, in pieces (t, 68, 2).

        With own weights the memory does not grow with the length of the speech.
        """
        fps = checked_rate(fps)
        sound = Sound(audio)
        if not self.own:
            yield from self._published_frames(sound, face, fps)
        else:
            yield from whole_file(self._stream(self.look_ahead, face, fps), sound.blocks())
        if sound.silent:
            warn("the sound is silent: the mouth stays closed")

    def _published_frames(self, sound: Sound, face: AlignedFace, fps: Fraction) -> Iterator[np.ndarray]:
        lips = (self._amplitudes.lips_x * AMPLITUDES[0], self._amplitudes.lips_y * AMPLITUDES[1])
        motion = self._head()
        head = self._amplitudes.head * PUBLISHED_HEAD if motion is None else 0.0
        faces = self._published.faces(np.concatenate(list(sound.blocks())), face.landmarks, lips, head)
        if motion is not None:
            rig = FaceRig(face.landmarks, None, self._amplitudes)
            pose, brows = motion.poses(rig.displacement_of(faces))
            faces = rig.move(rig.with_depth(faces), pose, brows, np.zeros(len(faces)))
        faces[..., :2] += FaceRig(face.landmarks, None).to_photo(self._expression)[:, :2]
        faces = close_eyes(faces, self._blinks(face).closures(len(faces)))
        faces[:, :48] = smooth(faces[:, :48], 15, 3)
        faces[:, 48:] = smooth(faces[:, 48:], 5, 3)
        resampler = Resampler(fps)
        first = resampler.resample(faces[..., :2].astype(np.float32))
        total = round(sound.samples * fps / SAMPLE_RATE)
        yield np.concatenate([first, resampler.hold(total)])[:total]

    def __call__(
        self, audio: str | os.PathLike[str] | np.ndarray, face: AlignedFace, fps: Fraction | float = 25
    ) -> np.ndarray:
        """Landmark frames for a whole sound.

        audio: any sound or video file, or (N,) float32 samples at 16 kHz in [-1, 1].
        face: the aligned photo.
        fps: frames a second, up to 62.5.
        Returns (T, 68, 2) float32 px of the 512 crop, T = round(seconds * fps).
        Raises InputError for a sound that cannot be read, is too short or holds values that are not finite.
        """
        return np.concatenate(list(self.frames(audio, face, fps)))


def _load_content(
    found: Found, backend: str, voice_of: str | os.PathLike[str] | None, strength: float, look_ahead: str
) -> ContentModel:
    """Own weights at a look-ahead, hearing the voice of somebody."""
    model = load_content_stream(found.path, backend, look_ahead)
    if voice_of is not None:
        model.front_end = in_voice(model.front_end, model.heard, voice_of, strength)
    return model
