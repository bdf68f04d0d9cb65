import numpy as np
import pytest
import torch
from torch_fidelity import FeatureExtractorInceptionV3

from module1_audio2lmk.foundation.errors import InputError
from scripts.evaluation import metrics


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory):
    """A file of the network's layout, filled at random."""
    path = tmp_path_factory.mktemp("fid") / "pt_inception-2015-12-05-1.pth"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.nn.Module, "load_state_dict", lambda *_: None)
        patch.setattr(torch, "load", lambda *_, **__: None)
        network = FeatureExtractorInceptionV3("any", ["2048"], "none")
    torch.save(network.state_dict(), path)
    return path


def test_frames_become_the_features_of_the_network_in_the_checkpoints_folder(weights) -> None:
    features = metrics.known()["fid"].features(metrics.Files(checkpoints_dir=weights.parent))
    frames = np.random.default_rng(0).integers(0, 255, (1, 64, 64, 3), np.uint8)
    network = FeatureExtractorInceptionV3("any", ["2048"], str(weights))
    expected = network(torch.from_numpy(frames).permute(0, 3, 1, 2))[0]
    assert np.allclose(features(frames), expected, rtol=1e-4) and expected.shape == (1, 2048)


def test_without_weights_the_name_is_refused_and_the_other_offered(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    with pytest.raises(InputError, match=r"--inception FILE.*frechet_filterbank"):
        metrics.choose(["fid"], metrics.Files(checkpoints_dir=tmp_path))
    assert "fid" not in metrics.choose(None, metrics.Files(checkpoints_dir=tmp_path))


def test_a_file_that_is_another_network_is_named(tmp_path) -> None:
    path = tmp_path / "weights-inception-2015-12-05-1.pth"
    torch.save({"conv.weight": torch.zeros(1)}, path)
    files = metrics.Files(checkpoints_dir=tmp_path)
    assert "fid" in metrics.choose(["fid"], files)
    with pytest.raises(InputError, match="not the Inception v3"):
        metrics.known()["fid"].features(files)


def test_a_file_that_would_run_code_is_not_opened(tmp_path) -> None:
    path = tmp_path / "inception.pth"
    torch.save({"conv.weight": torch.zeros(1), "run": np.random.default_rng}, path)
    with pytest.raises(InputError, match="holds more than weights"):
        metrics.known()["fid"].features(metrics.Files(inception=str(path)))
