import json

import pytest
import torch
from reference_tools import assert_matches, assert_published_names, fill_weights, load_reference

from module1_audio2lmk.foundation.checkpoints import build
from module1_audio2lmk.foundation.errors import InputError
from module2_drawing.geometry.warping import landmark_discs
from module2_drawing.networks import FlowRegressionUNet

OPTIONS = {
    "nf": 32,
    "max_nf": 512,
    "start_scale": 2,
    "num_scale": 4,
    "norm": "batch",
    "id": "a run",
    "lr": 1e-4,
}


def test_reference():
    network = fill_weights(FlowRegressionUNet())
    assert_published_names(network, "flow_regression_unet")
    marks, stored = load_reference("sparse_landmark_motion"), load_reference("flow_regression_unet")
    discs = [landmark_discs(marks[f"landmarks_{end}"][None]) for end in ("source", "target")]
    with torch.no_grad():
        prediction = network(torch.cat(discs, 1))
    assert_matches(prediction.flow[..., ::4, ::4], stored["flow_out"])
    assert_matches(prediction.visibility[..., ::4, ::4], stored["vis_out"])


@pytest.mark.parametrize(
    ("start_scale", "num_scale", "norm"), [(1, 2, "instance"), (2, 3, "batch"), (4, 1, "batch")]
)
def test_other_shapes(start_scale, num_scale, norm):
    network = FlowRegressionUNet(6, 4, 16, start_scale, num_scale, norm)
    prediction = network(torch.rand(2, 6, 64, 64))
    assert prediction.flow.shape == (2, 2, 64, 64)
    assert prediction.visibility.shape == (2, 3, 64, 64)
    sides = [64 // start_scale // 2**level for level in reversed(range(num_scale))]
    assert [tuple(flow.shape) for flow in prediction.pyramid] == [(2, 2, side, side) for side in sides]


@pytest.mark.parametrize(
    ("key", "value"), [("nf", "32"), ("nf", 0), ("norm", "layer"), ("start_scale", 3), ("num_scale", 0)]
)
def test_impossible_option_is_refused(key, value, tmp_path):
    """Of those beside published weights; what does not shape the network is left alone."""
    path = tmp_path / "best_net_netF.pth"
    torch.save(FlowRegressionUNet(nf=4, max_nf=8, num_scale=1).state_dict(), path)
    options = OPTIONS | {"nf": 4, "max_nf": 8, "num_scale": 1}
    (tmp_path / "train_opt.json").write_text(json.dumps(options))
    build(path, FlowRegressionUNet)
    (tmp_path / "train_opt.json").write_text(json.dumps(options | {key: value}))
    with pytest.raises(InputError, match=f"does not fit FlowRegressionUNet .*({key}|{value}|str)"):
        build(path, FlowRegressionUNet)
