"""Inference settings: where they are written, and what they are read as."""

import json

import pytest
import torch

from module1_audio2lmk.foundation.checkpoints import save_safetensors
from module1_audio2lmk.foundation.errors import InputError
from module2_drawing.rendering.settings import InferenceSettings, has_bfloat16


def test_settings_survive_their_metadata(tmp_path):
    settings = InferenceSettings(False, matte_margin=3, soft_edge=0.5, vacated="paper", half=True)
    path = tmp_path / "weights.safetensors"
    save_safetensors(path, {"weight": torch.zeros(1)}, settings.metadata())
    assert InferenceSettings.of(path) == settings
    assert InferenceSettings.of(tmp_path / "70_net_G_A.pth") == InferenceSettings(published=True)
    save_safetensors(path, {"weight": torch.zeros(1)}, InferenceSettings(published=True).metadata())
    assert InferenceSettings.of(path).published


def test_the_settings_of_a_training_run_are_those_of_its_options(tmp_path):
    weights, options = tmp_path / "latest_net_G_A.pth", tmp_path / "options.json"
    options.write_text(json.dumps({"matte_margin": 4, "soft_edge": 1.0, "vacated": "filled", "lr": 0.0002}))
    assert InferenceSettings.of(weights) == InferenceSettings(False, 4, 1.0, "filled")
    options.write_text(json.dumps({"matte_margin": 0, "separate": 0}))
    assert InferenceSettings.of(weights) == InferenceSettings(False, separated=False)
    options.write_text(json.dumps({"own_flow": True, "precision": "bfloat16"}))
    assert InferenceSettings.of(weights) == InferenceSettings(False, half=True, own_flow=True)
    options.write_text(json.dumps({"model": "motion_pairs", "own_flow": False, "precision": "float32"}))
    assert InferenceSettings.of(weights) == InferenceSettings(published=False)


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"matte_margin": "wide"}', '{"vacated": "blue"}', '{"soft_edge": null}']
)
def test_damaged_options_of_a_run_are_refused(text, tmp_path):
    (tmp_path / "options.json").write_text(text)
    with pytest.raises(InputError, match=r"options\.json"):
        InferenceSettings.of(tmp_path / "latest_net_G_A.pth")


@pytest.mark.parametrize(
    ("features", "wanted"),
    [((), False), (("avx512_f", "avx512_vnni"), False), (("avx512_bf16",), True), (("amx_bf16",), True)],
)
def test_emulated_bfloat16_is_not_used(features, wanted, monkeypatch):
    can = {"architecture": "x86_64", "avx512_bf16": False, "amx_bf16": False} | dict.fromkeys(features, True)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: can)
    has_bfloat16.cache_clear()
    dtype = InferenceSettings(False, half=True).dtype(torch.device("cpu"))
    has_bfloat16.cache_clear()
    assert dtype == (torch.bfloat16 if wanted else torch.float32)


def test_weights_without_a_word_on_their_use(tmp_path):
    """Files of before `published` was written say nothing of it: they are of a training here."""
    save_safetensors(tmp_path / "old.safetensors", {"weight": torch.zeros(1)}, {"crispness": "1.0"})
    assert InferenceSettings.of(tmp_path / "old.safetensors") == InferenceSettings(False, crispness=1.0)
