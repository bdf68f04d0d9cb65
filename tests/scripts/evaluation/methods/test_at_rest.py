import cv2
import numpy as np
import pytest

from scripts.evaluation.clips import Clip
from scripts.evaluation.drive import Drive
from scripts.evaluation.methods import Settings, Studio
from scripts.evaluation.methods.at_rest import AtRest, Redrawn, variants
from scripts.evaluation.metrics.identity import aligned, cosine, own_embedding


def test_drawings_at_rest_are_those_of_the_photo_and_of_its_variants(
    clip: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Studio, "draw", lambda self, face: face.image[::2, ::2])
    studio = Studio(Settings(device="cpu"))
    drive = Drive("clip", "checkpoints", studio.device)
    rest, redrawn = AtRest(studio), Redrawn(studio)
    asked = rest.targets(clip, drive)
    assert np.array_equal(asked[0], clip.face.landmarks[:, :2])
    assert np.array_equal(next(rest.frames(clip, asked)), studio.draw(clip.face))
    asked, others = redrawn.targets(clip, drive), list(redrawn.frames(clip, asked))
    assert asked.shape == (4, 68, 2) and len(others) == 4
    for frame, (image, landmarks), target in zip(others, variants(clip.face), asked, strict=True):
        assert np.array_equal(frame, image[::2, ::2]) and np.array_equal(target, landmarks)


def test_variants_show_the_same_face_at_their_landmarks(clip: Clip) -> None:
    small = cv2.resize(clip.face.image, (256, 256), interpolation=cv2.INTER_AREA)
    describe = own_embedding()
    face = describe(aligned(small, clip.photo_landmarks))
    made = list(variants(clip.face))
    assert len(made) == 4
    for image, landmarks in made:
        assert image.shape == (512, 512, 3) and np.abs(landmarks / 2 - clip.photo_landmarks).max() > 3
        small = cv2.resize(image, (256, 256), interpolation=cv2.INTER_AREA)
        # Cut out where the face was before, it is less alike.
        there, before = (
            cosine(describe(aligned(small, at)), face) for at in (landmarks / 2, clip.photo_landmarks)
        )
        assert there > 0.6 and there > before + 0.02
