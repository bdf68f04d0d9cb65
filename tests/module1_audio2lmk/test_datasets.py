import numpy as np
import pytest
from speech_data import talking_clip, viseme_clip

from module1_audio2lmk.datasets import ContentDataset
from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.training.augment import AugmentOptions


@pytest.fixture(scope="module")
def data():
    clips = [talking_clip("a"), talking_clip("b", seed=1)]
    return ContentDataset(clips, [viseme_clip()], frames=60, rooms=1, shape_size=4, viseme_share=0.4)


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
    data = ContentDataset(clips, frames=100, rooms=0, shape_size=3, augment=None)
    batch = data.batch(0, 4)
    level = batch.features.mean(axis=2)
    for loud, shape in zip(level, batch.shape[..., 0], strict=True):
        assert abs(np.corrcoef(loud, shape)[0, 1]) > 0.6


def test_still_sequences_rest():
    options = AugmentOptions(still_chance=1.0)
    data = ContentDataset([talking_clip()], frames=50, rooms=0, shape_size=3, augment=options)
    batch = data.batch(0, 3)
    assert batch.touching.all() and not batch.weight.any() and batch.viseme.all()


def test_touching_lips_are_marked():
    data = ContentDataset([talking_clip("a", 6.0)], frames=100, rooms=0, shape_size=3, augment=None)
    batch = data.batch(0, 4)
    assert 0.2 < batch.touching.mean() < 0.8
    level = batch.features.mean(axis=2)
    assert level[batch.touching > 0.5].mean() < level[batch.touching < 0.5].mean() - 0.5


def test_nothing_to_train_on():
    with pytest.raises(InputError, match="no talking clip"):
        ContentDataset([])
