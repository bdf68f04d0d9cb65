"""The shipped landmark and identity networks see in drawings what the portrait model's losses need."""

import drawing_data
import numpy as np
import pytest
import torch

from module1_audio2lmk.foundation.checkpoints import SHIPPED, build, find
from module1_audio2lmk.foundation.face.align import align_face
from module2_drawing import losses
from module2_drawing.data.transforms import FACE_WINDOW
from module2_drawing.networks import MobileFace, MobileFaceNet
from module2_drawing.options import TrainOptions
from module2_drawing.rendering.static_drawing import StaticDrawing
from module2_drawing.training import create_model
from module2_drawing.util.images import to_tensor

SIZE = 256
LEFT, TOP, RIGHT, BOTTOM = (round(part * SIZE) for part in FACE_WINDOW)
WINDOW = torch.tensor([[LEFT, RIGHT, TOP, BOTTOM]])


@pytest.fixture(scope="module")
def face(photo):
    """The example portrait at 256²: photo (1, 3, S, S), drawing (1, 1, S, S), landmarks (1, 68, 2) px."""
    aligned = align_face(photo, "mediapipe")
    small = np.ascontiguousarray(aligned.image[::2, ::2])
    drawing = StaticDrawing("line_drawing", SHIPPED, torch.device("cpu"))(small)
    return to_tensor(small), drawing, torch.from_numpy(aligned.landmarks[None, :, :2]) / 2


def shipped(kind, key):
    found = find(key, SHIPPED)
    assert found.origin == "default"
    assert found.path.with_suffix(".md").is_file()
    return build(found, kind).requires_grad_(False)


def test_landmarks_of_a_drawing(face):
    network, (photo, drawing, marks) = shipped(MobileFaceNet, "mobilefacenet"), face
    for image in (photo, drawing):
        away = (losses.find_landmarks(network, image, WINDOW) - marks).norm(dim=-1)
        assert float(away.mean()) < 5, away
        assert float(away[:, losses.geometry.LIPS_START :].mean()) < 5, away


def test_geometry_loss_knows_the_true_landmarks(face):
    network, (_, drawing, marks) = shipped(MobileFaceNet, "mobilefacenet"), face
    drawing = drawing.clone().requires_grad_(True)
    found = losses.find_landmarks(network, drawing.expand(2, -1, -1, -1), WINDOW.expand(2, -1))
    opened = marks.clone()
    opened[:, 56:59, 1] += 14
    opened[:, 65:68, 1] += 14
    true, other = (losses.geometry_loss(found[:1], target, SIZE, 2.0) for target in (marks, opened))
    assert true.item() < 0.5 * other.item()
    other.backward()
    assert torch.isfinite(drawing.grad).all()
    mouth = drawing.grad[..., 150:230, 80:180].abs().mean()
    assert float(mouth) > 2 * float(drawing.grad[..., :50, :].abs().mean())


def test_identity_of_a_drawing(face):
    network, (photo, drawing, _) = shipped(MobileFace, "sphereface"), face
    seen = [
        losses.identity.face_of(network, image.mean(1, keepdim=True), WINDOW) for image in (photo, drawing)
    ]
    own, drawn = (network(image) for image in seen)
    mirrored_upside_down = network(seen[1].flip(2))
    alike, strange = (torch.cosine_similarity(own, other).item() for other in (drawn, mirrored_upside_down))
    assert alike > strange + 0.1
    loss = [
        float(losses.identity_loss(network, image, photo.mean(1, keepdim=True), WINDOW, WINDOW))
        for image in (photo.mean(1, keepdim=True), drawing, drawing.flip(2))
    ]
    assert loss[0] == 0 and loss[1] < loss[2]


def test_portrait_model_says_which_weights_it_uses(tmp_path, monkeypatch, capsys):
    drawing_data.make_data(tmp_path, pairs=True)
    monkeypatch.chdir(tmp_path)
    arguments = "--dataroot small --output_nc 1 --ngf 2 --ndf 2 --gpu_ids -1 --lambda_geom 5".split()
    model = create_model(TrainOptions().parse([*arguments, "--checkpoints_dir", str(SHIPPED)]))
    said = capsys.readouterr().err
    assert f"geometry loss: {SHIPPED / 'default/landmark_net.safetensors'}" in said
    assert f"identity loss: {SHIPPED / 'default/face_recognition.safetensors'}" in said
    assert not any(network.training for network in model.fixed.values()) and len(model.fixed) == 2
    assert "flow A: thin-plate spline" in said

    create_model(TrainOptions().parse([*arguments, "--own_flow", "--checkpoints_dir", str(SHIPPED)]))
    assert f"flow A: regressed, {SHIPPED / 'default/flow_regression.safetensors'}" in capsys.readouterr().err
