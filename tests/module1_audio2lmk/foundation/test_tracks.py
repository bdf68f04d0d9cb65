import numpy as np

from module1_audio2lmk.foundation.tracks import read_between


def test_between_frames_values_go_straight_and_the_ends_are_held():
    track = np.array([[0, 0], [2, 4], [4, 4]], np.float32)
    read = read_between(track, np.array([-1, 0, 0.5, 1.25, 2, 7]))
    assert read.dtype == np.float32
    np.testing.assert_allclose(read, [[0, 0], [0, 0], [1, 2], [2.5, 4], [4, 4], [4, 4]])
    assert read_between(track[:1], np.arange(3)).tolist() == [[0, 0]] * 3
    assert read_between(np.arange(3.0), np.array([0.5])).tolist() == [0.5]
