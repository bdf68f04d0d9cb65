from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torchvision.models import Inception3

from module1_audio2lmk.foundation.errors import InputError
from scripts.evaluation import metrics
from scripts.evaluation.metrics import fid
from scripts.evaluation.metrics.fid import InceptionFeatures


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures of a quarter of the work: the layers are the same."""
    monkeypatch.setattr(fid, "_SIDE", 139)


@cache
def state_of(classes: int) -> dict[str, torch.Tensor]:
    with torch.device("meta"):
        network = Inception3(classes, aux_logits=False, init_weights=False)
    network = network.to_empty(device="cpu")
    random = torch.Generator().manual_seed(0)
    state = {}
    for name, value in network.state_dict().items():
        noise = torch.randn(value.shape, generator=random)
        state[name] = noise / max(1, value[0].numel()) ** 0.5 if value.ndim > 1 else noise.abs() + 0.5
    return state


def test_the_features_are_those_of_torchvision() -> None:
    state = state_of(1000)
    reference = Inception3(1000, aux_logits=False, init_weights=False)
    reference.load_state_dict({n: v for n, v in state.items() if "num_batches" not in n}, strict=False)
    pooled: list[torch.Tensor] = []
    reference.eval().avgpool.register_forward_hook(lambda module, inputs, output: pooled.append(output))
    image = torch.rand(1, 3, 139, 139)
    normal = (image - torch.tensor([0.485, 0.456, 0.406])[:, None, None]) / torch.tensor(
        [0.229, 0.224, 0.225]
    )[:, None, None]
    with torch.no_grad():
        reference(normal)
        features = InceptionFeatures(state, Path("weights.pth"))(image)
    assert features.shape == (1, 2048)
    assert torch.allclose(features, pooled[0].flatten(1), rtol=1e-4, atol=1e-5)


def test_the_fid_network_pools_in_its_own_way() -> None:
    network = InceptionFeatures(state_of(1008), Path("weights.pth"))
    assert network.original
    seen: dict[str, torch.Tensor] = {}
    for name in ("Mixed_5b", "Mixed_6c", "Mixed_7b", "Mixed_7c"):
        block = getattr(network.network, name)
        block.register_forward_pre_hook(lambda m, inputs, name=name: seen.__setitem__(name, inputs[0]))
        block.branch_pool.conv.register_forward_pre_hook(
            lambda m, inputs, name=name: seen.__setitem__(f"{name} pooled", inputs[0])
        )
    with torch.no_grad():
        network(torch.rand(1, 3, 96, 96))
    for name in ("Mixed_5b", "Mixed_6c", "Mixed_7b"):
        expected = F.avg_pool2d(seen[name], 3, 1, 1, count_include_pad=False)
        assert torch.equal(seen[f"{name} pooled"], expected)
    assert torch.equal(seen["Mixed_7c pooled"], F.max_pool2d(seen["Mixed_7c"], 3, 1, 1))


def test_without_weights_the_name_is_refused_and_the_other_offered(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with pytest.raises(InputError, match=r"--inception FILE.*frechet_filterbank"):
        metrics.choose(["fid"], metrics.Files(checkpoints_dir=tmp_path))
    assert "fid" not in metrics.choose(None, metrics.Files(checkpoints_dir=tmp_path))


def test_a_file_that_is_another_network_is_named(tmp_path) -> None:
    path = tmp_path / "inception_v3_google-1.pth"
    torch.save({"conv.weight": torch.zeros(1)}, path)
    files = metrics.Files(checkpoints_dir=tmp_path)
    assert "fid" in metrics.choose(["fid"], files)
    with pytest.raises(InputError, match="no Inception v3"):
        metrics.known()["fid"].features(files)


def test_frames_become_features(monkeypatch) -> None:
    monkeypatch.setattr(fid.checkpoints, "load_state", lambda path: state_of(1000))
    features = metrics.known()["fid"].features(metrics.Files(inception="weights.pth"))
    frames = np.random.default_rng(0).integers(0, 255, (2, 64, 64, 3), np.uint8)
    assert features(frames).shape == (2, 2048)
