"""Published program: speech to landmarks (MakeItTalk, as AnimatePortrait uses it), published checkpoints.

Mel → AutoVC → content and speaker branch → landmarks, with its constants. Different from it: segments of the
speaker branch overlap instead of jumping at every 512th frame, calibration is that of the whole speech, and
frames cover the speech to its end.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from ..audio import pitch
from ..audio.mel import Mel
from ..audio.voice import EMBEDDING_SIZE, NEUTRAL_VOICE, embed_voice
from ..audio.waveform import normalise_loudness
from ..foundation.checkpoints import Found, Network, build, read_metadata
from ..foundation.data_files import read_text
from ..foundation.errors import InputError, warn
from ..foundation.face.geometry import load_standard_face, smooth
from ..motion.lips import amplify_lips, close_mouth, repair_inverted_lips
from ..motion.speaker import frame_windows
from ..networks.autovc import AutoVC, convert_voice
from ..networks.content_branch import ContentBranch
from ..networks.speaker_branch import EMBEDDING_SCALE, SpeakerBranch
from ..networks.speaker_encoder import SpeakerEncoder
from .landmarks import (
    calibration_offset,
    denormalise,
    extrapolate_nose_root,
    normalise,
    slim_lips_widen_eyes,
)
from .mel import content_statistics, mel_spectrogram

#: Text files of the published code, used where they lie beside the checkpoints.
TARGET_VOICE_FILE = "obama_emb.txt"
_BATCH = 512
PIECE_FRAMES = 4096  # longer mels are converted piece by piece, as published
SEGMENT, _OVERLAP = 512, 64  # frames that the speaker branch is given at a time


@dataclass(frozen=True)
class PublishedNetworks:
    """What was found. target_voice: (256,) that AutoVC converts to.

    hears_mel: the content branch was trained on the own mel front-end instead of AutoVC's.
    """

    content: ContentBranch | None = None
    autovc: AutoVC | None = None
    speaker: SpeakerBranch | None = None
    encoder: SpeakerEncoder | None = None
    target_voice: np.ndarray | None = None
    hears_mel: bool = False


def load_networks(
    content: Found, autovc: Found | None, speaker: Found | None, encoder: Found | None, device: torch.device
) -> PublishedNetworks:
    """Load the published checkpoints, or weights of their form trained here; what is missing is told of.
    Raises InputError where a file is damaged or does not fit."""
    branch = _load(ContentBranch, content, device)
    if content.own and read_metadata(content.path).get("features") == "mel":
        return PublishedNetworks(branch, hears_mel=True)
    if autovc is None:
        warn("AutoVC not found: the published branches hear voices unlike those they know")
        return PublishedNetworks(branch, speaker=_load(SpeakerBranch, speaker, device))
    converter = load_converter(autovc, encoder, device)
    return replace(converter, content=branch, speaker=_load(SpeakerBranch, speaker, device))


def load_converter(autovc: Found, encoder: Found | None, device: torch.device) -> PublishedNetworks:
    """AutoVC and what it needs, without the branches. Raises InputError where a file is damaged or does not
    fit."""
    if encoder is None:
        warn("speaker encoder not found: AutoVC takes every voice for a neutral one")
    return PublishedNetworks(
        autovc=_load(AutoVC, autovc, device),
        encoder=_load(SpeakerEncoder, encoder, device),
        target_voice=_target_voice(autovc.path.parent),
    )


def _load(kind: type[Network], found: Found | None, device: torch.device) -> Network | None:
    return None if found is None else build(found, kind).to(device)


def _target_voice(folder: Path) -> np.ndarray | None:
    path = folder / TARGET_VOICE_FILE
    if not path.is_file():
        warn(f"{TARGET_VOICE_FILE} does not lie beside the checkpoints: voices are converted to themselves")
        return None
    try:
        numbers = np.array(read_text(path, "voice").split(), np.float32)
    except ValueError:
        numbers = np.empty(0, np.float32)
    if numbers.size != EMBEDDING_SIZE or not np.isfinite(numbers).all():
        raise InputError(f"{path} does not hold 256 numbers; copy it again")
    return numbers


class PublishedSpeech:
    """Sound and a photo's landmarks → faces at 62.5 Hz.

    networks: see `load_networks`. device: where they are.
    """

    def __init__(self, networks: PublishedNetworks, device: torch.device) -> None:
        self.networks, self.device = networks, device

    def faces(
        self,
        waveform: np.ndarray,
        landmarks: np.ndarray,
        lips: tuple[float, float] = (2.0, 2.0),
        head: float = 0.5,
    ) -> np.ndarray:
        """Faces (T, 68, 3) px of the crop, one every 256 samples, without blinks.

        waveform: (N,) at 16 kHz.
        landmarks: (68, 2 or 3) px of the crop.
        lips: amplitude of the lips in x and y. head: amplitude of the speaker branch, 0 leaves it out.
        """
        standard = load_standard_face()
        normal = normalise(slim_lips_widen_eyes(landmarks[:, :2]), standard)
        features, voice = self.features(waveform)
        content = self._content(features, normal.landmarks)
        total = amplify_lips(content - calibration_offset(content), *lips)
        if head and self.networks.speaker is not None:
            moved = speaker_displacement(self.networks.speaker, features, voice).reshape(-1, 68, 3)
            total = total + close_mouth(smooth(moved, 31, 3)) * head
        faces = repair_inverted_lips(total + normal.landmarks)
        faces = smooth(extrapolate_nose_root(faces), 5, 3)
        return denormalise(faces, normal.scale, normal.shift)

    def features(self, waveform: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Content features (T, 80) of (N,) samples, standardised, and the speaker embedding (256,)."""
        if self.networks.hears_mel:
            return Mel().batch([waveform])[0], NEUTRAL_VOICE
        loud, voice = normalise_loudness(waveform), embed_voice(self.networks.encoder, waveform, self.device)
        mel = mel_spectrogram(loud)
        if self.networks.autovc is not None:
            mel = self._converted(self.networks.autovc, mel, loud, voice)
        mean, deviation = content_statistics()
        return ((mel - mean) / deviation).astype(np.float32), voice

    def _converted(self, network: AutoVC, mel: np.ndarray, loud: np.ndarray, voice: np.ndarray) -> np.ndarray:
        """The mel in the target voice, piece by piece, since one-hot F0 is large."""
        target = voice if self.networks.target_voice is None else self.networks.target_voice
        f0 = pitch.normalise_log_f0(pitch.log_f0(loud))
        source, wanted = (torch.from_numpy(v).to(self.device) for v in (voice, target))
        pieces = []
        for start in range(0, len(mel), PIECE_FRAMES):
            part = torch.from_numpy(mel[start : start + PIECE_FRAMES]).to(self.device)
            onehot = torch.from_numpy(pitch.quantise_f0(f0[start : start + PIECE_FRAMES])).to(self.device)
            pieces.append(convert_voice(network, part, source, onehot, wanted).cpu().numpy())
        return np.concatenate(pieces)

    def _content(self, features: np.ndarray, face: np.ndarray) -> np.ndarray:
        """Displacement (T, 68, 3) of the content branch."""
        branch, windows = self.networks.content, frame_windows(features)
        assert branch is not None  # what `load_converter` returned speaks no faces
        face_id = torch.from_numpy(face.reshape(1, -1).astype(np.float32)).to(self.device)
        parts = []
        for start in range(0, len(windows), _BATCH):
            batch = torch.from_numpy(np.ascontiguousarray(windows[start : start + _BATCH])).to(self.device)
            with torch.no_grad():
                parts.append(branch(batch, face_id).cpu().numpy())
        return np.concatenate(parts).reshape(-1, 68, 3)


def speaker_displacement(network: SpeakerBranch, features: np.ndarray, embedding: np.ndarray) -> np.ndarray:
    """Displacement (T, 204) of all frames (T, C) of a speech by a voice (256,) of unit length.

    Segments of 512 frames overlap by 64, in which they fade into each other; up to 512 frames are one
    segment, as published.
    """
    windows = frame_windows(features)
    device = next(network.parameters()).device
    voice = torch.from_numpy(np.asarray(embedding, np.float32) * EMBEDDING_SCALE).to(device)[None]
    total = np.zeros((len(features), 204), np.float32)
    weights = np.zeros((len(features), 1), np.float32)
    for start, stop in segments(len(features)):
        part = torch.from_numpy(np.ascontiguousarray(windows[start:stop], np.float32)).to(device)[None]
        with torch.no_grad():
            displacement, _ = network(part, voice)
        weight = _fade(start, stop, len(features))
        total[start:stop] += weight * displacement[0].cpu().numpy()
        weights[start:stop] += weight
    return total / weights


def segments(frames: int) -> list[tuple[int, int]]:
    """First and last + 1 frame of each segment; the last one is moved back so as to be whole."""
    if frames <= SEGMENT:
        return [(0, frames)]
    starts = list(range(0, frames - SEGMENT, SEGMENT - _OVERLAP))
    return [(start, start + SEGMENT) for start in [*starts, frames - SEGMENT]]


def _fade(start: int, stop: int, frames: int) -> np.ndarray:
    """Weights (T, 1) of a segment: ramps where it overlaps another."""
    weight = np.ones(stop - start, np.float32)
    ramp = np.arange(1, _OVERLAP + 1, dtype=np.float32) / (_OVERLAP + 1)
    if start > 0:
        weight[:_OVERLAP] = ramp
    if stop < frames:
        weight[-_OVERLAP:] = ramp[::-1]
    return weight[:, None]
