import pytest

from module1_audio2lmk.foundation.errors import InputError
from scripts.evaluation import metrics


def test_every_metric_is_described() -> None:
    known = metrics.known()
    assert {"fid", "frechet_filterbank", "inter_frame_ssim", "lmd", "mouth_correlation"} <= set(known)
    assert {"landmark_error", "identity", "flicker", "background_stillness", "av_offset"} <= set(known)
    for name, metric in known.items():
        assert metric.name == name and metric.label
        assert metric.definition.endswith(".") and len(metric.definition) > 30
        assert (metric.measure is None) != (metric.features is None)


def test_unknown_names_are_refused_with_those_there_are() -> None:
    with pytest.raises(InputError, match=r"psnr.*lmd"):
        metrics.choose(["lmd", "psnr"], metrics.Files())
