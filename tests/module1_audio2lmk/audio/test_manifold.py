import numpy as np
import pytest
from safetensors.numpy import save_file
from speech_data import opening_network, voice

from main_end2end import parse_arguments
from module1_audio2lmk import SpeechToLandmarks
from module1_audio2lmk.audio import manifold
from module1_audio2lmk.audio.manifold import SpeechManifold, in_voice, read_manifold, write_manifold
from module1_audio2lmk.audio.mel import Mel
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.motion.content import ContentModel
from scripts import make_voice

RANDOM = np.random.default_rng(0)
PLANE = RANDOM.normal(size=(2, 12))


@pytest.fixture(scope="module")
def plane():
    """Features on a plane through the origin in 12 dimensions."""
    return SpeechManifold(RANDOM.uniform(-1, 1, (2000, 2)) @ PLANE, "mel")


def test_features_beside_a_plane_are_projected_onto_it_at_right_angles(plane):
    onto = RANDOM.uniform(-0.8, 0.8, (70, 2)) @ PLANE
    normal = np.linalg.svd(PLANE)[2][2]
    moved = plane.project(onto + 0.5 * normal)
    assert np.abs(moved - onto).max() < 0.03 and moved.dtype == np.float32
    np.testing.assert_allclose(
        plane.project(onto + 0.5 * normal, 0.4),
        onto + 0.5 * normal + 0.4 * (moved - onto - 0.5 * normal),
        atol=1e-5,
    )
    assert (plane.distance(onto + 0.5 * normal) > 0.5).all() and plane.distance(
        plane.features[:9]
    ).max() < 1e-5


def test_the_weights_are_the_constrained_least_squares():
    points = RANDOM.normal(size=(manifold.LEAST, 30))
    new = RANDOM.normal(size=30)
    moved = SpeechManifold(points, "mel").project(new[None])[0]
    near = points[np.argsort(((points - new) ** 2).sum(axis=1))[: manifold.NEIGHBOURS]]
    basis = (near[1:] - near[0]).T  # sums of weight 1 are the first plus any combination of these
    best = near[0] + basis @ np.linalg.lstsq(basis, new - near[0], rcond=None)[0]
    assert np.linalg.norm(moved - new) < 1.01 * np.linalg.norm(best - new)
    assert np.abs(moved - best).max() < 0.05


def test_alike_features_are_no_harm():
    still = SpeechManifold(np.ones((manifold.LEAST, 3)), "mel")
    np.testing.assert_allclose(still.project(np.array([[0.0, 5, 1], [1, 1, 1]])), 1, atol=1e-6)


def test_long_recordings_are_thinned_out_evenly(monkeypatch):
    monkeypatch.setattr(manifold, "MOST", 100)
    kept = manifold._Thinned()
    for part in np.split(np.arange(777)[:, None], [5, 6, 150, 151, 430, 700]):
        kept.add(part)
    assert kept.features()[:, 0].tolist() == list(range(0, 777, 8))


@pytest.fixture(scope="module")
def voice_file(tmp_path_factory):
    """The voice of a recording of 4 s, as heard by the mel."""
    import soundfile

    folder = tmp_path_factory.mktemp("voice")
    soundfile.write(folder / "own.wav", voice(4.0, 1)[0], 16000)
    make_voice.main([str(folder / "own.wav"), "--out", str(folder / "own.safetensors"), "--front_end", "mel"])
    return folder / "own.safetensors"


def test_a_stream_is_projected_as_a_file_is(voice_file):
    model = ContentModel(opening_network())
    sound, plain = voice(2.0, 7)[0], model.mouths(voice(2.0, 7)[0])
    model.front_end = in_voice(model.front_end, model.heard, voice_file)
    stream = model.stream()
    parts = [stream.articulate(sound[start : start + 333]) for start in range(0, len(sound), 333)]
    mouths = np.concatenate([*parts, stream.finish()])
    np.testing.assert_allclose(
        model.displacement(mouths[:, :4], mouths[:, 4]), model.mouths(sound), atol=1e-5
    )
    assert np.abs(model.mouths(sound) - plain).max() > 1e-2
    heard, own = Mel().batch([sound])[0], read_manifold(voice_file)
    assert own.distance(model.front_end.batch([sound])[0]).mean() < 0.7 * own.distance(heard).mean()


def test_a_voice_is_chosen_on_the_command_line(voice_file, tmp_path):
    options = parse_arguments(["--jpg", "a.jpg", "--audio", "a.wav", "--voice_of", str(voice_file)])
    speech = SpeechToLandmarks(device="cpu", front_end="mel", voice_of=options.voice_of)
    assert f"voice of {voice_file}" in speech.describe() and options.voice_strength == 1
    assert speech._content("live").front_end.batch([voice(1.0)[0]])[0].shape == (63, 80)
    with pytest.raises(InputError, match="make it with --front_end moonshine"):
        SpeechToLandmarks(device="cpu", voice_of=voice_file)
    with pytest.raises(InputError, match="--voice_strength 2 is out of range"):
        SpeechToLandmarks(device="cpu", front_end="mel", voice_of=voice_file, voice_strength=2)


def test_a_file_keeps_the_voice_and_others_are_refused(voice_file, tmp_path):
    own = read_manifold(voice_file)
    assert own.features.shape == (251, 80) and (own.sounds, own.seconds, own.front_end) == (1, 4.0, "mel")
    changed = tmp_path / "changed.safetensors"
    write_manifold(changed, SpeechManifold(own.features, "mel", weights="0123"))
    with pytest.raises(InputError, match="other weights of the front-end mel"):
        in_voice(Mel(), "mel", changed)
    about = {"kind": "speech manifold", "front_end": "mel", "weights": "", "sounds": "1", "seconds": "4"}
    few, spoiled = np.zeros((9, 80), np.float32), np.full((200, 80), np.nan, np.float32)
    for features, count, reason in (
        (few, 9, "9 x 80"),
        (spoiled, 200, "not finite"),
        (own.features, 7, "not 7"),
    ):
        save_file({"features": features}, changed, about | {"features": str(count)})
        with pytest.raises(InputError, match=f"no voice or is damaged .*{reason}"):
            read_manifold(changed)
    save_file({"features": few}, changed)
    with pytest.raises(InputError, match="holds no voice"):
        read_manifold(changed)


def test_useless_recordings(tmp_path):
    import soundfile

    soundfile.write(tmp_path / "short.wav", voice(1.0)[0], 16000)
    with pytest.raises(InputError, match="needs 3 s of speech"):
        in_voice(Mel(), "mel", tmp_path)
    soundfile.write(tmp_path / "silent.wav", np.zeros(80000), 16000)
    with pytest.raises(InputError, match=r"silent\.wav is silent"):
        in_voice(Mel(), "mel", tmp_path)
