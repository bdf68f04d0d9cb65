import numpy as np
import pytest
import skimage.data

from module1_audio2lmk.foundation.face.align import align_face
from module2_drawing.util.images import resized
from scripts.evaluation.clips import SIZE
from scripts.evaluation.metrics.landmark_net_error import load_net


def test_a_face_away_from_its_place_is_followed() -> None:
    face = align_face(skimage.data.astronaut())
    frame, true = resized(face.image, SIZE), face.landmarks[:, :2] * (SIZE / len(face.image))
    shift = np.array([24, -16])
    padded = np.pad(frame, ((32, 32), (32, 32), (0, 0)), mode="edge")
    y, x = 32 - shift[1], 32 - shift[0]
    found = load_net()(np.stack([frame, padded[y : y + SIZE, x : x + SIZE]]))
    assert found.shape == (2, 68, 2) and found.dtype == np.float32
    assert np.linalg.norm(found[0] - true, axis=-1).mean() < 4
    assert (found[1] - found[0]).mean(0) == pytest.approx(shift, abs=1.5)
