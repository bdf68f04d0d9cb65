"""Small talking clips without a picture: a voice-like sound whose loudness opens a standard face's mouth."""

from pathlib import Path

import numpy as np

from module1_audio2lmk.audio.voice import NEUTRAL_VOICE
from module1_audio2lmk.audio.waveform import SAMPLE_RATE
from module1_audio2lmk.foundation.checkpoints import save_network
from module1_audio2lmk.foundation.face.geometry import load_standard_face
from module1_audio2lmk.networks.streaming_content_branch import StreamingContentBranch
from module1_audio2lmk.training import clips
from module1_audio2lmk.training.coarticulation import Segment

LOWER_LIP = [55, 56, 57, 58, 59, 65, 66, 67]
SMALL = {"channels": 8, "closure_channels": 4, "dilations": [1], "causal_dilations": [2], "shape_size": 4}


def voice(seconds: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Sound (N,) and its loudness in [0, 1] at 62.5 Hz, (N // 256 + 1,): harmonics in syllables of 4 Hz."""
    random = np.random.default_rng(seed)
    times = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    syllables = np.clip(np.sin(2 * np.pi * 3.5 * times + random.uniform(0, 6)), 0, 1)
    pitch = 120 + 60 * random.random()
    sound = sum(np.sin(2 * np.pi * pitch * k * times) / k for k in range(1, 20))
    sound = 0.1 * syllables * sound + 1e-4 * random.normal(size=len(times))
    return sound.astype(np.float32), syllables[::256][: len(times) // 256 + 1]


def talking_clip(name: str = "clip", seconds: float = 3.0, seed: int = 0, **changes: object) -> clips.Clip:
    """A talking clip: the lower lip drops by 0.2 with the sound, the head nods slowly."""
    sound, loudness = voice(seconds, seed)
    frames = len(sound) // 256 + 1
    loudness = np.resize(loudness, frames)
    rest = load_standard_face().astype(np.float32)
    landmarks = np.repeat(rest[None], frames, axis=0)
    landmarks[:, LOWER_LIP, 1] += 0.2 * loudness[:, None]
    landmarks[:, 5:12, 1] += 0.08 * loudness[:, None]
    phase = 2 * np.pi * np.arange(frames) / 62.5 * 0.4 + seed
    nod = np.stack([4 * np.sin(phase), 2 * np.cos(phase), np.sin(2 * phase)], axis=1)
    values = {
        "name": name,
        "waveform": sound,
        "landmarks": landmarks,
        "rest": rest,
        "rotation": nod.astype(np.float32),
        "translation": (0.01 * nod).astype(np.float32),
        "confidence": np.ones(frames, np.float32),
        "speaker_embedding": NEUTRAL_VOICE,
        "speaker": name,
    }
    return clips.Clip(**(values | changes))


def viseme_clip(name: str = "viseme", seed: int = 5) -> clips.Clip:
    """A synthetic clip that says "ma ma ma"."""
    clip = talking_clip(name, 2.0, seed)
    sounds = [Segment("ma"[i % 2], 0.2 + 0.15 * i, 0.35 + 0.15 * i) for i in range(10)]
    still = np.repeat(clip.rest[None], len(clip.landmarks), axis=0)
    return talking_clip(name, 2.0, seed, landmarks=still, kind="viseme", segments=sounds)


def write_cache(
    folder: Path, names: tuple[str, ...] = ("a", "b", "c"), held_out: tuple[str, ...] = ("c",)
) -> Path:
    """A cache folder of talking clips."""
    folder.mkdir(parents=True, exist_ok=True)
    for index, name in enumerate(names):
        clips.write_clip(folder / f"{name}.npz", talking_clip(name, seed=index))
    clips.write_split(folder, list(held_out))
    return folder


def opening_network(never_closed: bool = False, in_size: int = 80) -> StreamingContentBranch:
    """Untrained small content weights whose first coordinate drops the lower lip."""
    import torch

    torch.manual_seed(0)
    network = StreamingContentBranch(in_size=in_size, **SMALL).eval()
    for index, point in enumerate(LOWER_LIP):
        network.basis[0, 3 * point + 1] = 0.1
        network.basis[1, 3 * point] = 0.01 * (index % 3)
    network.basis[2, 48 * 3] = 0.03
    if never_closed:
        network.closure[-1].weight.data.zero_()
        network.closure[-1].bias.data.fill_(-20)
    return network


def write_weights(folder: Path) -> Path:
    """A checkpoints folder with small own weights of content branch and head motion."""
    import torch

    from module1_audio2lmk.networks.pose_generator import PoseGenerator

    save_network(folder / "default" / "content_branch.safetensors", opening_network(True), SMALL, {})
    torch.manual_seed(1)
    pose = PoseGenerator(hidden=8)
    pose.scale.copy_(torch.tensor([4, 3, 2, 0.05, 0.05, 0.02, 0.01]))
    pose.change_scale.copy_(0.2 * pose.scale)
    save_network(folder / "default" / "pose_generator.safetensors", pose, {"hidden": 8}, {})
    return folder
