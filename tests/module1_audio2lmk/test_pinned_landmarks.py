"""Landmark frames are those of the commit that pinned them: whoever moves code moves no point of a face.

`PYTHONPATH=. python tests/module1_audio2lmk/test_pinned_landmarks.py` pins anew; only where a change is
meant to be seen.
"""

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from speech_data import voice, write_weights

from module1_audio2lmk import SpeechToLandmarks
from module1_audio2lmk.foundation.checkpoints import save_network
from module1_audio2lmk.foundation.face.align import AlignedFace
from module1_audio2lmk.foundation.face.geometry import load_standard_face
from module1_audio2lmk.networks.autovc import AutoVC
from module1_audio2lmk.networks.content_branch import ContentBranch
from module1_audio2lmk.networks.speaker_branch import SpeakerBranch

PINNED = Path(__file__).with_suffix(".npz")


def generated(folder: Path) -> SpeechToLandmarks:
    """Own weights, generated head motion, natural blinks."""
    return SpeechToLandmarks(write_weights(folder), "cpu", seed=4)


def poses(folder: Path) -> SpeechToLandmarks:
    """Own weights, a head that a file turns, strong lips."""
    table = folder / "poses.csv"
    rows = (f"{8 * np.sin(i / 9):.3f},{3 * np.cos(i / 7):.3f},{0.05 * np.sin(i / 5):.3f}" for i in range(50))
    table.write_text("\n".join(["yaw,roll,x", *rows]))
    return SpeechToLandmarks(
        write_weights(folder), "cpu", head_motion=str(table), amp_lip_x=3, amp_lip_y=4, blink=30
    )


def speaker_branch(folder: Path) -> SpeechToLandmarks:
    """Own weights of content and speaker branch."""
    torch.manual_seed(0)
    arguments = {"hidden": 8, "layers": 1, "code_hidden": [8, 8], "code_size": 4, "d_model": 8, "d_ff": 8}
    arguments |= {"z_size": 4, "out_hidden": [8, 8], "with_decoder": False, "causal": True}
    path = folder / "speaker.safetensors"
    save_network(path, SpeakerBranch(**arguments), arguments, {"gain": "2"})
    return SpeechToLandmarks(write_weights(folder), "cpu", load_speaker=path, head_motion="speaker_branch")


def published(folder: Path) -> SpeechToLandmarks:
    """Files as published, of random weights."""
    torch.manual_seed(0)
    torch.save({"model": AutoVC().state_dict()}, folder / "ckpt_autovc.pth")
    torch.save({"model_g_face_id": ContentBranch().state_dict()}, folder / "ckpt_content_branch.pth")
    torch.save({"G": SpeakerBranch().state_dict()}, folder / "ckpt_speaker_branch.pth")
    np.savetxt(folder / "obama_emb.txt", np.full(256, 1 / 16))
    return SpeechToLandmarks(folder, "cpu")


CASES = (generated, poses, speaker_branch, published)


def frames_of(case: Callable[[Path], SpeechToLandmarks], folder: Path) -> np.ndarray:
    """40 frames (40, 68, 2) px of a face that speaks for 1.6 s."""
    points = load_standard_face() * 170 + [256, 210, 0]
    face = AlignedFace(np.full((512, 512, 3), 255, np.uint8), points.astype(np.float32), "standard")
    return case(folder)(voice(1.6, seed=7)[0], face, 25)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_landmarks_are_the_pinned_ones(case: Callable[[Path], SpeechToLandmarks], tmp_path: Path) -> None:
    frames = frames_of(case, tmp_path)
    assert frames.shape == (40, 68, 2) and np.ptp(frames, axis=0).max() > 0.5
    with np.load(PINNED) as pinned:  # other processors round otherwise: a thousandth of a pixel is the same
        np.testing.assert_allclose(frames, pinned[case.__name__], atol=2e-3)


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        rooms = {case.__name__: Path(folder) / case.__name__ for case in CASES}
        for room in rooms.values():
            room.mkdir()
        np.savez_compressed(
            PINNED, **{case.__name__: frames_of(case, rooms[case.__name__]) for case in CASES}
        )
