"""The light installation: the command with default weights where torch and its company are not installed."""

import os
import subprocess
import sys
from pathlib import Path

import av
import numpy as np

ROOT = Path(__file__).resolve().parents[1]
HEAVY = (
    "torch",
    "onnx",
    "torchvision",
    "torchaudio",
    "librosa",
    "numba",
    "skimage",
    "face_alignment",
    "mediapipe",
    "jax",
)
PROGRAM = f"""
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {HEAVY!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Missing())
import main_end2end
main_end2end.command()
"""


def run(*arguments: str, folder: Path) -> subprocess.CompletedProcess:
    command = [sys.executable, "-c", PROGRAM, *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_photo_and_speech_become_a_video_without_torch(
    photo_path: Path, voice_path: Path, tmp_path: Path
) -> None:
    short = tmp_path / "short.wav"
    with av.open(str(voice_path)) as source, av.open(str(short), "w") as sink:
        stream = sink.add_stream("pcm_s16le", 16000, layout="mono")
        samples = np.concatenate([frame.to_ndarray() for frame in source.decode(audio=0)], 1)[:, 16000:24000]
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), "s16", "mono")
        frame.sample_rate = 16000
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            sink.mux(packet)
    flags = ("--jpg", str(photo_path), "--audio", str(short), "--size", "256")
    done = run(*flags, "--output", "out.mp4", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "run by onnxruntime" in done.stderr
    with av.open(str(tmp_path / "out.mp4")) as video:
        frames = [frame.to_ndarray(format="gray") for frame in video.decode(video=0)]
    assert len(frames) == 12 and frames[0].shape == (256, 256)
    assert np.abs(frames[0].astype(float) - frames[-1]).max() > 30  # it moves
    refused = run(*flags, "--quality", "best", folder=tmp_path)
    assert refused.returncode == 2
    assert (
        refused.stderr.splitlines()[-1]
        == "error: this needs torch, which is not installed; pip install torch"
    )
