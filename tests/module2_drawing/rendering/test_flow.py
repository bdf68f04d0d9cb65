"""Flow A: on the face the spline, corrected; around it the skull's own motion."""

from pathlib import Path

import numpy as np
import torch

from module1_audio2lmk.foundation.checkpoints.building import save_network
from module1_audio2lmk.foundation.face.geometry import load_standard_face
from module1_audio2lmk.foundation.face.pose import rotation_from_angles
from module2_drawing.geometry.head_motion import with_skull
from module2_drawing.networks import FlowCorrection
from module2_drawing.rendering.flow import FlowRegressor


def test_hair_moves_with_the_skull(tmp_path: Path) -> None:
    """Untrained weights correct nothing: what differs from the spline is the skull's."""
    (tmp_path / "default").mkdir()
    save_network(tmp_path / "default/flow_regression.safetensors", FlowCorrection(), {})
    turned = rotation_from_angles(np.array([[0.0, 0.0, 0.0], [15.0, 0.0, 0.0]])) @ load_standard_face().T
    targets = torch.from_numpy(turned[:, :2].transpose(0, 2, 1) * 60 + (128, 120)).float()
    source = targets[:1]
    motion = FlowRegressor(tmp_path, torch.device("cpu"), own=True).motion(source, targets, 256)
    assert motion.corrected and motion.spline is not None
    for flow, spline, target in zip(motion.flow_a, motion.spline, targets, strict=True):
        expected = with_skull(spline.permute(1, 2, 0).numpy(), source[0].numpy(), target.numpy())
        torch.testing.assert_close(flow.permute(1, 2, 0), torch.from_numpy(expected))
    assert (motion.flow_a - motion.spline)[0].abs().max() < 1e-2
    moved = (motion.flow_a - motion.spline)[1, 0]
    assert moved[45, 128].abs() > 1 > 10 * moved[125, 128].abs()
