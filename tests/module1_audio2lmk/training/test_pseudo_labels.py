import numpy as np
import pytest

from module1_audio2lmk.foundation.errors import InputError
from module1_audio2lmk.training.pseudo_labels import (
    PseudoLabels,
    read_all_pseudo_labels,
    read_pseudo_labels,
    write_pseudo_labels,
)


def some_pseudo_labels(name="one", versions=2):
    random = np.random.default_rng(0)
    return PseudoLabels(
        name,
        random.normal(size=(versions, 30, 80)),
        random.normal(size=(30, 4)),
        random.normal(size=(30, 6)),
        random.normal(size=(4, 204)),
    )


def test_pseudo_labels_come_back(tmp_path):
    labels = some_pseudo_labels()
    write_pseudo_labels(tmp_path / "one.npz", labels)
    again = read_pseudo_labels(tmp_path / "one.npz")
    assert again.name == "one"
    for key in ("mels", "shape", "heard", "basis"):
        np.testing.assert_allclose(getattr(again, key), getattr(labels, key), atol=4e-3)


def test_pseudo_labels_of_a_folder_come_in_order(tmp_path):
    for name in ("b", "a"):
        write_pseudo_labels(tmp_path / f"{name}.npz", some_pseudo_labels(name, versions=0))
    pseudo_labels = read_all_pseudo_labels(tmp_path)
    assert [labels.name for labels in pseudo_labels] == ["a", "b"] and pseudo_labels[0].mels.shape == (
        0,
        30,
        80,
    )


def test_what_are_no_pseudo_labels(tmp_path):
    with pytest.raises(InputError, match="holds no pseudo-labels"):
        read_all_pseudo_labels(tmp_path)
    with pytest.raises(InputError, match="holds no pseudo-labels"):
        read_all_pseudo_labels(tmp_path / "missing")
    (tmp_path / "bad.npz").write_bytes(b"PK nothing")
    with pytest.raises(InputError, match="damaged"):
        read_all_pseudo_labels(tmp_path)
