from pathlib import Path

import numpy as np

from module1_audio2lmk.foundation.face.geometry import LIPS
from scripts.evaluation.portraits.motion import clip_motion


def test_a_clip_is_followed(clips: Path) -> None:
    motion = clip_motion(clips / "right.mp4", 0.2)
    assert motion.track.shape == (5, 68, 2) and motion.track.dtype == np.float32
    assert len(motion.sound) == round(5 / 25 * 16000)
    assert motion.ssim.shape == (4,) and (motion.ssim > 0.3).all() and (motion.ssim < 0.99).all()
    step = np.diff(motion.track[:, LIPS].mean(1), axis=0)
    assert (step[:, 0] > 0.3).all() and np.abs(step[:, 1]).max() < 1
