from dataclasses import replace

import numpy as np
import pytest
from speech_data import talking_clip, viseme_clip

from module1_audio2lmk.audio.mel import raw_mel
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.training.augment import AugmentOptions
from module1_audio2lmk.training.datasets import ContentDataset, SequenceOptions, pressed_together
from module1_audio2lmk.training.face_space import displacement_of, fit_face_space
from module1_audio2lmk.training.pseudo_labels import PseudoLabels


def dataset(talking, viseme=(), pseudo_labels=(), **options):
    return ContentDataset(talking, viseme, SequenceOptions(**options), pseudo_labels)


@pytest.fixture(scope="module")
def data():
    clips = [talking_clip("a"), talking_clip("b", seed=1)]
    return dataset(clips, [viseme_clip()], frames=60, rooms=1, shape_size=4, viseme_share=0.4)


def test_a_batch_has_the_stated_form(data):
    batch = data.batch(0, 6)
    assert batch.features.shape == (6, 60, 80) and batch.features.dtype == np.float32
    assert batch.shape.shape == (6, 60, 4) and batch.weight.shape == (6, 60)
    assert np.isfinite(batch.features).all() and np.isfinite(batch.shape).all()


def test_a_step_always_draws_the_same(data):
    for one, again in zip(data.batch(7, 4), data.batch(7, 4), strict=True):
        np.testing.assert_array_equal(one, again)
    assert np.abs(data.batch(7, 4).features - data.batch(8, 4).features).max() > 0.1


def test_processes_share_a_batch(data):
    whole = data.batch(3, 6)
    for rank in range(2):
        part = data.batch(3, 6, rank, 2)
        np.testing.assert_array_equal(part.features, whole.features[rank::2])
        np.testing.assert_array_equal(part.viseme, whole.viseme[rank::2])


def test_sources_come_in_the_stated_shares(data):
    visemes = np.concatenate([data.batch(step, 8).viseme for step in range(10)])
    assert 0.25 < visemes.mean() < 0.6


def test_without_augmentation_the_opening_follows_the_sound():
    clips = [talking_clip("a", 6.0)]
    data = dataset(clips, frames=100, rooms=0, shape_size=3, augment=None)
    batch = data.batch(0, 4)
    level = batch.features.mean(axis=2)
    for loud, shape in zip(level, batch.shape[..., 0], strict=True):
        assert abs(np.corrcoef(loud, shape)[0, 1]) > 0.6


def test_still_sequences_rest():
    options = AugmentOptions(still_chance=1.0)
    data = dataset([talking_clip()], frames=50, rooms=0, shape_size=3, augment=options)
    batch = data.batch(0, 3)
    assert batch.touching.all() and not batch.weight.any() and batch.viseme.all()


def test_lips_touch_in_pauses_and_shapes_are_not_told():
    options = AugmentOptions(still_chance=0.0, pause_chance=1.0, speed=0.0)
    settings = {"frames": 100, "rooms": 0, "shape_size": 3, "certain": 4.0}
    batch = dataset([talking_clip("a", 6.0)], augment=options, **settings).batch(0, 8)
    paused = batch.touching_weight == 4
    assert 0.1 < paused.mean() < 0.9
    assert not batch.weight[paused].any() and (batch.touching[paused] == 1).all()
    assert (batch.resting[paused] == 1).all() and not batch.resting[batch.weight == 1].any()
    assert batch.weight[~paused].any()


def test_touching_lips_are_marked():
    data = dataset([talking_clip("a", 6.0)], frames=100, rooms=0, shape_size=3, augment=None)
    batch = data.batch(0, 4)
    assert 0.2 < batch.touching.mean() < 0.8
    level = batch.features.mean(axis=2)
    assert level[batch.touching > 0.5].mean() < level[batch.touching < 0.5].mean() - 0.5


def test_what_is_quicker_than_lips_is_smoothed():
    def shapes(smoothing):
        settings = {"frames": 100, "rooms": 0, "shape_size": 3, "augment": None, "smoothing": smoothing}
        return dataset([expressive(talking_clip("a", 6.0))], **settings)

    rough, smooth = shapes(0.0), shapes(3.0)
    before, after = (data.talking[0].shape for data in (rough, smooth))
    assert np.abs(np.diff(after, axis=0)).max() < 0.9 * np.abs(np.diff(before, axis=0)).max()
    assert np.abs(after.mean(axis=0) - before.mean(axis=0)).max() < 0.02
    np.testing.assert_array_equal(rough.talking[0].touching, smooth.talking[0].touching)


def test_certain_closures_count_more_among_lips_that_touch():
    clip = viseme_clip()
    pressed = pressed_together(clip, len(clip.landmarks))
    inside = round((0.2 + 0.075) * 62.5)  # the first m
    assert pressed[inside] == 1 and pressed[inside + round(0.15 * 62.5)] == 0 and pressed[0] == 0
    settings = {"frames": 60, "rooms": 0, "shape_size": 3}
    data = dataset([talking_clip("a")], [clip], certain=4.0, **settings)
    sure = data.viseme[0].sure
    assert set(sure) == {1.0, 4.0} and (sure[pressed > 0] == 4).all()
    still = AugmentOptions(still_chance=1.0)
    still = dataset([talking_clip("a")], augment=still, certain=4.0, **settings)
    assert (still.batch(0, 2).touching_weight == 4).all()
    paused = AugmentOptions(still_chance=0.0, pause_chance=1.0)
    paused = dataset([talking_clip("a")], augment=paused, certain=4.0, **settings).batch(0, 8)
    assert paused.touching_weight.max() == 4 and (paused.touching[paused.touching_weight == 4] == 1).all()


def test_nothing_to_train_on():
    with pytest.raises(InputError, match="no talking clip"):
        dataset([])


def taught(clips, shape_size=3):
    """Pseudo-labels of a recording, and of the own sound of a clip."""
    space = fit_face_space([displacement_of(clip) for clip in clips], shape_size)
    mel = raw_mel(clips[0].waveform)
    shape = 0.1 * np.ones((len(mel), shape_size))
    heard = np.repeat(np.arange(5.0)[None], len(mel), axis=0)
    none = np.zeros((0, len(mel), 80))
    recording = PseudoLabels("recording", mel[None], shape, heard, space.basis)
    return [recording, PseudoLabels(clips[0].name, none, shape, heard + 10, space.basis)]


def expressive(clip):
    """The clip with a smile and a pout of their own rhythm: three numbers of a face space are used."""
    times = np.arange(len(clip.landmarks)) / 62.5
    landmarks = clip.landmarks.copy()
    landmarks[:, [48, 54], 1] -= 0.05 * np.sin(5 * times)[:, None]
    landmarks[:, 48:60, 2] += 0.04 * np.sin(8 * times)[:, None]
    return replace(clip, landmarks=landmarks)


def test_pseudo_labels_take_their_share_and_tell_what_is_heard():
    clips = [expressive(talking_clip("a")), expressive(talking_clip("b", seed=1))]
    settings = {"frames": 40, "rooms": 0, "shape_size": 3, "augment": AugmentOptions(pause_chance=0.0)}
    data = dataset(clips, pseudo_labels=taught(clips), pseudo_label_share=0.5, **settings)
    assert data.heard_size == 5
    heard, shape, weight = [], [], []
    for step in range(12):
        batch = data.batch(step, 8)
        assert batch.heard.shape == (8, 40, 5) and batch.heard_weight.shape == (8, 40)
        heard.append(batch.heard[:, 0, 0])
        shape.append(batch.shape)
        weight.append(batch.heard_weight.max(axis=1))
    heard, shape, weight = map(np.concatenate, (heard, shape, weight))
    of_pseudo_labels = (weight == 1) & (heard == 0)
    assert 0.3 < of_pseudo_labels.mean() < 0.65
    np.testing.assert_allclose(shape[of_pseudo_labels], 0.1, atol=0.02)
    assert (heard[weight == 1] >= 0).all() and (heard == 10).any() and (weight == 0).any()


@pytest.mark.parametrize("own", [False, True])
def test_closures_of_pseudo_labels_are_heard(own):
    """Without pseudo-labels about clips nothing tells what a closure sounds like."""
    clips = [talking_clip("a"), talking_clip("b", seed=1)]
    space = fit_face_space([displacement_of(clip) for clip in clips], 3)
    pseudo_labels = []
    for name, clip in (("recording", talking_clip("c", 6.0, seed=2)), *((clip.name, clip) for clip in clips)):
        mel = raw_mel(clip.waveform)
        heard = 10 * mel.mean(axis=1, keepdims=True)  # this teacher hears the loudness
        mels = mel[None] if name == "recording" else np.zeros((0, len(mel), 80))
        pseudo_labels.append(PseudoLabels(name, mels, np.zeros((len(mel), 3)), heard, space.basis))
    options = AugmentOptions(still_chance=0.0, pause_chance=0.0, noise_chance=0.0)
    settings = {"frames": 100, "rooms": 0, "shape_size": 3, "augment": options, "pseudo_label_share": 1.0}
    data = dataset(clips, pseudo_labels=pseudo_labels if own else pseudo_labels[:1], **settings)
    batch = data.batch(0, 4)
    assert batch.weight.all() and batch.heard_weight.all()
    if not own:
        assert not batch.touching_weight.any()
        return
    closed = batch.touching > 0.5
    assert batch.touching_weight.mean() > 0.2 and 0.2 < closed.mean() < 0.8
    loud = batch.features.mean(axis=2)
    assert loud[closed].mean() < loud[~closed].mean() - 0.5
