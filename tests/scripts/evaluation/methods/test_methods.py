import numpy as np
import pytest

from module1_audio2lmk.foundation.errors import InputError
from scripts.evaluation.clips import Clip
from scripts.evaluation.drive import fit_length
from scripts.evaluation.methods import Settings, Studio, known
from scripts.evaluation.methods.ours import Ours
from scripts.evaluation.methods.published import DrawnAnimation, PerFrame, WarpedDrawing


@pytest.fixture(scope="module")
def studio() -> Studio:
    return Studio(Settings(device="cpu"))


def rest(clip: Clip, count: int = 2) -> np.ndarray:
    return np.stack([clip.face.landmarks[:, :2]] * count)


def test_all_methods_are_found_ours_first() -> None:
    names = list(known())
    assert names[:3] == ["ours", "upd_warp", "makeittalk_upd"]
    assert set(names[3:]) == {"at_rest", "external", "per_frame", "redrawn"}


@pytest.mark.parametrize("method", [Ours, WarpedDrawing, DrawnAnimation])
def test_a_face_at_rest_is_the_same_drawing_by_all(method, studio: Studio, clip: Clip) -> None:
    static = studio.draw(clip.face).astype(int)
    for frame in method(studio).frames(clip, rest(clip)):
        assert frame.shape == (256, 256, 3) and frame.dtype == np.uint8
        assert np.abs(frame - static).mean() < 0.5


@pytest.mark.parametrize("method", [WarpedDrawing, DrawnAnimation])
def test_a_moved_mouth_moves_in_the_drawing(method, studio: Studio, clip: Clip) -> None:
    asked = rest(clip)
    asked[1, 48:68, 1] += 24  # 12 px of 256²
    still, moved = (frame.astype(float) for frame in method(studio).frames(clip, asked))
    x, y = clip.photo_landmarks[48:68].mean(0).round().astype(int)
    window = np.s_[y - 8 : y + 8, x - 20 : x + 20, 0]
    lower = np.s_[y + 4 : y + 20, x - 20 : x + 20, 0]
    assert np.corrcoef(moved[lower].ravel(), still[window].ravel())[0, 1] > 0.8
    assert np.corrcoef(moved[window].ravel(), still[window].ravel())[0, 1] < 0.6


def test_the_clip_is_drawn_frame_by_frame(
    studio: Studio, clip: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(studio, "draw", lambda face: face.image[::2, ::2].copy())
    drawn = list(PerFrame(studio).frames(clip, rest(clip)))
    assert len(drawn) == len(clip.frames)
    assert np.array_equal(drawn[0], studio.draw(clip.face)) and (drawn[-1] != drawn[0]).any()


def test_the_motion_of_the_clip_starts_at_the_photo(clip: Clip) -> None:
    motion = clip.motion()
    assert np.allclose(motion[0], clip.face.landmarks[:, :2])
    assert motion[-1, :, 0].mean() > motion[0, :, 0].mean() + 10


def test_landmarks_are_cut_or_the_last_is_repeated() -> None:
    assert fit_length(np.arange(5), 3).tolist() == [0, 1, 2]
    assert fit_length(np.arange(3), 5).tolist() == [0, 1, 2, 2, 2]


def test_an_unknown_style_is_refused() -> None:
    with pytest.raises(InputError, match="unknown style"):
        Studio(Settings(style="charcoal"))
