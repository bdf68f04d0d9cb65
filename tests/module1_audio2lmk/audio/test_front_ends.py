"""A second front-end is a class and a line in a table: here one that hears nothing but loudness."""

import numpy as np
import pytest
from speech_data import SMALL, opening_network, voice, write_cache

from module1_audio2lmk import SpeechToLandmarks, train
from module1_audio2lmk.audio.front_ends import FRONT_ENDS, front_end_named
from module1_audio2lmk.audio.mel import Mel
from module1_audio2lmk.foundation.checkpoints import read_metadata, save_network
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.foundation.face.align import AlignedFace
from module1_audio2lmk.foundation.face.geometry import load_standard_face, mouth_opening
from module1_audio2lmk.motion.content import ContentModel


class LoudnessStream:
    """Root mean square and peak of the 512 samples about each 256th."""

    def __init__(self):
        self._heard = np.zeros(256)

    def add(self, samples):
        self._heard = np.concatenate([self._heard, samples])
        count = max(0, (len(self._heard) - 512) // 256 + 1)
        frames = [self._heard[256 * i : 256 * i + 512] for i in range(count)]
        self._heard = self._heard[256 * count :]
        loudness = [[np.sqrt(np.mean(frame**2)), np.abs(frame).max()] for frame in frames]
        return np.array(loudness, np.float32).reshape(-1, 2)

    def finish(self):
        return self.add(np.zeros(512 - len(self._heard)))


class Loudness:
    size, hop, look_ahead, weights = 2, 256, 256, ""

    def stream(self):
        return LoudnessStream()

    def batch(self, waveforms):
        streams = [self.stream() for _ in waveforms]
        return [np.concatenate([s.add(w), s.finish()]) for s, w in zip(streams, waveforms, strict=True)]


@pytest.fixture
def registered(monkeypatch):
    monkeypatch.setitem(FRONT_ENDS, "loudness", Loudness)


@pytest.fixture(scope="module")
def face():
    points = load_standard_face() * 170 + [256, 210, 0]
    return AlignedFace(np.full((512, 512, 3), 255, np.uint8), points.astype(np.float32), "standard")


@pytest.mark.parametrize("kind", [Mel, Loudness])
@pytest.mark.parametrize("samples", [1, 255, 256, 20001])
def test_features_of_a_stream_number_as_promised(kind, samples):
    front_end, sound = kind(), voice(2.0)[0][:samples]
    stream = front_end.stream()
    parts = [stream.add(sound[start : start + 300]) for start in range(0, samples, 300)]
    streamed = np.concatenate([*parts, stream.finish()])
    assert streamed.shape == (samples // front_end.hop + 1, front_end.size) and streamed.dtype == np.float32
    np.testing.assert_allclose(front_end.batch([sound])[0], streamed, atol=1e-5)


def loudness_weights(folder):
    """Weights whose first coordinate, a lower lip that drops, is the loudness."""
    arguments = SMALL | {"in_size": 2}
    network = opening_network(never_closed=True, in_size=2)
    path = folder / "default" / "content_branch.safetensors"
    save_network(path, network, arguments, {"features": "loudness"})
    return folder


def test_speech_to_landmarks_with_a_registered_front_end(registered, face, tmp_path):
    speech = SpeechToLandmarks(loudness_weights(tmp_path), "cpu", head_motion="none", blink="none")
    sound = voice(3.0)[0]
    frames = speech(sound, face)
    assert frames.shape == (75, 68, 2) and mouth_opening(frames).std() > 1e-3
    stream = speech.stream(face)
    parts = [stream.push(sound[start : start + 320]) for start in range(0, len(sound), 320)]
    np.testing.assert_allclose(np.concatenate([*parts, stream.flush()]), frames, atol=1e-4)
    mel_reach = (opening_network().look_ahead * 256 + Mel.look_ahead) / 16000 + 1 / 62.5
    assert stream.latency == pytest.approx(mel_reach - (Mel.look_ahead - Loudness.look_ahead) / 16000)


def test_training_hears_a_registered_front_end(registered, tmp_path):
    cache, run = write_cache(tmp_path / "cache"), tmp_path / "run"
    small = "--steps 2 --batch_size 2 --frames 60 --channels 8 --closure_channels 4 --shape_size 4"
    train.main(
        [*f"--branch content --data {cache} --run_dir {run} --features loudness {small} --quiet".split()]
    )
    metadata = read_metadata(run / "content_branch.safetensors")
    assert metadata["features"] == "loudness" and '"in_size": 2' in metadata["arguments"]
    speech = SpeechToLandmarks(load_content=run / "content_branch.safetensors", device="cpu")
    assert speech.own


def test_a_line_names_file_and_class(monkeypatch):
    monkeypatch.setitem(FRONT_ENDS, "again", "mel.Mel")
    assert isinstance(front_end_named("again"), Mel)


def test_weights_and_front_end_have_to_fit(registered):
    with pytest.raises(InputError, match="unknown speech features 'whale'"):
        front_end_named("whale")
    with pytest.raises(InputError, match="do not fit the front-end loudness"):
        ContentModel(opening_network(), {"features": "loudness"})
